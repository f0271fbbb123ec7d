#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "parley/internal/v1/link.pb.h"
#include "services/common/clock.h"
#include "services/common/position.h"
#include "services/router/core_config.h"
#include "services/router/counters.h"
#include "services/router/feed/link_core.h"
#include "services/router/partition_core.h"
#include "services/router/ports.h"

namespace parley::router {

// A partition that the group gave to this router.
struct Ownership {
  Partition partition = 0;
  std::optional<Offset> committed;
};

// All that a router decides: which partitions it reads, what each gateway is sent, what it claims.
// One thread calls it (the router's loop, or a simulation); it calls the ports. No lock, no clock,
// no I/O.
class RouterCore final {
 public:
  RouterCore(const CoreConfig& config, const LogInfo& log, const RouterId& id, LogPort& log_port,
             LinkPort& link_port);

  // A link can be written to; it begins with our hello.
  void OnLinkUp(LinkId link, TimePoint now);
  void OnLinkFrame(LinkId link, const internal::v1::GatewayFrame& frame, TimePoint now);
  void OnLinkWritten(LinkId link, TimePoint now);
  void OnLinkDown(LinkId link, TimePoint now);

  // The complete list.
  void OnOwned(const std::vector<Ownership>& owned, TimePoint now);
  void OnReading(const ReadingStart& start, TimePoint now);
  void OnBatch(RequestId reading, const BatchPtr& batch, TimePoint now);
  void OnHistory(const HistoryChunk& chunk, TimePoint now);
  void OnBounds(Partition partition, const std::optional<LogBounds>& bounds, TimePoint now);
  void OnProduced(Partition partition, RequestId id, bool stored, TimePoint now);

  // Every 50 ms or so.
  void Tick(TimePoint now);

  // Tells every gateway, and each that links from now on, that this router goes. It claims nothing
  // any more and serves on until the gateways have moved.
  void Leave(TimePoint now);
  // Every gateway was told, and none is served any more.
  bool HandedOver() const;
  // What an owner does is brought to an end and committed; the next owner does the rest.
  void FinishEffects(TimePoint now);
  bool EffectsFinished() const;

  const RouterCounters& counters() const { return counters_; }
  std::size_t links() const { return links_.size(); }
  std::size_t partitions_owned() const;
  std::size_t partitions_adopted() const;
  std::size_t tail_bytes() const;
  // Everything that this router owns can be served.
  bool OwnedAreReady() const;
  // It is certain that the topic is not the log of this epoch any more.
  bool LogWasRecreated() const { return counters_.logs_recreated > 0; }

 private:
  static internal::v1::RouterFrame LeavingFrame();
  void AddPartition();
  LinkCore* FindLink(LinkId link);
  std::vector<Partition> Claimable() const;
  void ClaimAt(LinkCore& link) const;
  void ClaimEverywhere(TimePoint now);
  // After everything that happened: claims what has changed, and writes what can be written.
  void Settle(TimePoint now);

  const CoreConfig config_;
  const LogInfo log_;
  const RouterId id_;
  LogPort& log_port_;
  LinkPort& link_port_;
  RequestIds ids_;
  RouterCounters counters_;

  std::vector<Partition> claimed_;
  TimePoint claimed_at_;
  bool leaving_ = false;

  // Those of the log, and further ones that were added to the topic and are this router's: they
  // hold nothing but misplaced records. A link's serves reach into the partitions, so links go
  // first.
  Partitions partitions_;
  std::map<LinkId, std::unique_ptr<LinkCore>> links_;
};

}  // namespace parley::router
