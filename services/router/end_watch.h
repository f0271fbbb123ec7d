#pragma once

#include <optional>

#include "services/common/clock.h"
#include "services/router/core_config.h"
#include "services/router/ports.h"

namespace parley::router {

// Notices that a partition ends before a place that it once reached, as a topic does that was
// deleted and made again. One look does not count: what was known may be stale, and a new leader
// may not know the end yet. So the brokers are asked, and asked again a while later. Pure.
class EndWatch final {
 public:
  EndWatch(Partition partition, const EndWatchConfig& config, LogPort& log, RequestIds& ids);

  // The log reached `place` once, and is thought to end at `end`.
  void Compare(Offset place, Offset end);

  // It may be another log: nothing that depends on offsets should be done.
  bool suspects() const { return place_.has_value(); }

  bool Asked(RequestId id) const { return request_ != 0 && request_ == id; }
  // True when this look makes it certain. What is certain stays so.
  [[nodiscard]] bool OnHistory(const HistoryChunk& chunk, TimePoint now);
  void Tick(TimePoint now);

 private:
  void Ask();

  const Partition partition_;
  const EndWatchConfig config_;
  LogPort& log_;
  RequestIds& ids_;

  std::optional<Offset> place_;  // The furthest that the log has been and does not reach.
  int looks_ = 0;                // Answers that did not reach it.
  RequestId request_ = 0;        // 0: none under way.
  TimePoint ask_at_;
};

}  // namespace parley::router
