#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "parley/internal/v1/link.pb.h"
#include "services/common/clock.h"
#include "services/common/position.h"
#include "services/router/core_config.h"
#include "services/router/counters.h"
#include "services/router/feed/frame.h"
#include "services/router/feed/serve.h"
#include "services/router/ports.h"

namespace parley::router {

class PartitionCore;

// All partitions of the log, by number.
using Partitions = std::vector<std::unique_ptr<PartitionCore>>;

// One link to a gateway: what the gateway asked for, and what to send next whenever the link can
// write. Control frames go first and in order, then pages and deliveries in turn, the partitions
// round robin. Pure.
class LinkCore final {
 public:
  LinkCore(LinkId id, const LogInfo& log, const LinkConfig& config, const Partitions& partitions,
           LinkPort& port, RouterCounters& counters, TimePoint now);

  ~LinkCore();
  LinkCore(const LinkCore&) = delete;
  LinkCore& operator=(const LinkCore&) = delete;

  void OnFrame(const internal::v1::GatewayFrame& frame, TimePoint now);
  void OnWritten() { writing_ = false; }
  void Tick(TimePoint now);
  // Starts the next write, if there is anything to write and none is under way. Call it after all
  // else.
  void Pump(TimePoint now);

  void QueueControl(const internal::v1::RouterFrame& frame);
  void QueueAnswer(const PageAnswer& answer);

  bool flushed() const { return cut_ || (control_.empty() && !writing_); }
  // The gateway has asked for something and not stopped it.
  bool serving() const;

  // For its serves. The serve of this partition may have something to send.
  void MarkReady(Partition partition);
  // A turn at reading history, of which there are few. When there is none, the serve is marked
  // ready at the end of another's.
  [[nodiscard]] bool BeginHistoryPage(Partition partition);
  void EndHistoryPage();

 private:
  struct Slot {
    std::unique_ptr<Serve> serve;
    bool ready = false;  // It stands in `ready_`.
  };

  void OnHello(const internal::v1::GatewayHello& hello);
  void OnServe(const internal::v1::Serve& request);
  void OnStop(const internal::v1::Stop& request);
  void OnAdd(const internal::v1::Add& request);
  void OnRemove(const internal::v1::Remove& request);
  void OnRead(const internal::v1::Read& request, TimePoint now);
  // The serve of this number, or null: only the newest counts.
  Serve* Current(Partition partition, std::uint64_t number);
  void Cut(const std::string& reason);

  std::optional<Frame> NextFrame(TimePoint now);
  std::optional<Frame> NextAnswer();
  std::optional<Frame> NextDeliver(TimePoint now);

  const LinkId id_;
  const LogInfo log_;
  const LinkConfig config_;
  const Partitions& partitions_;
  LinkPort& port_;
  RouterCounters& counters_;

  bool greeted_ = false;
  bool cut_ = false;
  bool writing_ = false;
  TimePoint wrote_at_;
  std::deque<Frame> control_;
  std::deque<Frame> answers_;
  bool answers_turn_ = false;
  std::size_t reads_ = 0;  // Not answered, or the answer not yet written.
  std::deque<Partition> ready_;
  std::size_t history_pages_ = 0;
  std::set<Partition> awaiting_history_;

  // The last member: a serve's end reaches back into the link.
  std::map<Partition, Slot> serves_;
};

}  // namespace parley::router
