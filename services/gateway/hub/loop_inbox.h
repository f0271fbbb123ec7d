#pragma once

#include <memory>
#include <vector>

#include "services/common/clock.h"
#include "services/common/rpc/loop.h"
#include "services/gateway/hub/backlog.h"
#include "services/gateway/hub/feed_port.h"
#include "services/gateway/hub/hub.h"
#include "services/gateway/hub/roster_port.h"
#include "services/gateway/publish/publisher.h"

namespace parley::gateway {

// The way into a hub from other loops: posts what the feed and the roster say to the hub's loop, in
// order. A batch costs one task, however many members get it. What the log is goes to the publisher
// of the loop too. Thread-safe; the loop outlives it or is stopped.
class LoopInbox final : public HubInbox, public RosterListener {
 public:
  LoopInbox(rpc::Loop& loop, Hub& hub, Publisher& publisher, SessionMetrics& metrics,
            Backlog& backlog, const Clock& clock)
      : loop_(loop),
        hub_(hub),
        publisher_(publisher),
        metrics_(metrics),
        backlog_(backlog),
        clock_(clock) {}

  void OnLog(const LogInfo& log) override;
  void OnAttached(const ChannelName& channel, Offset at) override;
  void OnAttachFailed(const ChannelName& channel) override;
  void OnMessages(Partition partition, Offset through,
                  std::shared_ptr<const std::vector<MessagePtr>> messages) override;
  void OnLoss(const ChannelName& channel, Offset through) override;
  void OnPage(std::uint64_t request, Page page) override;
  void OnRoster(const RosterChange& change) override;

 private:
  void TellCounts();
  void MeasureLatency(const std::vector<MessagePtr>& messages);

  rpc::Loop& loop_;
  Hub& hub_;
  Publisher& publisher_;
  SessionMetrics& metrics_;
  Backlog& backlog_;
  const Clock& clock_;
  bool telling_ = false;  // Counts; the next turn has its timer. Used on the hub's loop alone.
};

}  // namespace parley::gateway
