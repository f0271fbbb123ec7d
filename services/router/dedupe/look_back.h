#pragma once

#include <unordered_map>
#include <vector>

#include "services/common/clock.h"
#include "services/router/core_config.h"
#include "services/router/counters.h"
#include "services/router/dedupe/dedupe.h"
#include "services/router/ports.h"

namespace parley::router {

// Finds out what a Dedupe said it does not know: reads the stretch of the log between the window's
// far end and what the Dedupe has seen. While there is room it hands over all that it read, so that
// the next such record needs no look-back; otherwise only what was asked for. Pure; one at a time;
// its owner takes nothing in meanwhile.
class LookBack final {
 public:
  LookBack(Partition partition, const HistoryConfig& config, LogPort& log, RequestIds& ids,
           RouterCounters& counters);

  bool active() const { return active_; }

  // Precondition: not active, and `unknown` is not empty.
  void Start(const std::vector<BatchEntry>& unknown, const Dedupe& dedupe, TimePoint now);
  void Abandon() { active_ = false; }

  bool Asked(RequestId id) const { return active_ && request_ == id; }
  // True when it is done and the Dedupe knows.
  [[nodiscard]] bool OnHistory(const HistoryChunk& chunk, Dedupe& dedupe, TimePoint now);
  [[nodiscard]] bool Tick(Dedupe& dedupe, TimePoint now);

 private:
  void Ask();
  void Take(const BatchEntry& record);
  void ForgetAll();
  void Finish(Dedupe& dedupe);

  const Partition partition_;
  const HistoryConfig config_;
  LogPort& log_;
  RequestIds& ids_;
  RouterCounters& counters_;

  bool active_ = false;
  RequestId request_ = 0;  // 0: none under way.
  HistoryRequest next_;
  TimePoint retry_at_;
  TimePoint deadline_;
  // The latest record of each print that was asked about.
  std::unordered_map<Fingerprint, std::int64_t, FingerprintHash> found_;
  bool begun_ = false;
  Offset from_ = 0;
  std::int64_t since_ms_ = 0;
  std::size_t room_ = 0;
  bool all_fit_ = true;
  std::vector<SeenRecord> all_;
};

}  // namespace parley::router
