#pragma once

#include <cstdint>

#include "services/common/clock.h"
#include "services/common/rpc/loop.h"
#include "services/gateway/feed/feed.h"
#include "services/gateway/hub/feed_port.h"

namespace parley::gateway {

// The way of the hubs into the feed: carries their calls to the feed's loop, in order. Any thread;
// what a batch posts wakes the loop once.
class FeedGate final : public FeedPort {
 public:
  FeedGate(rpc::Loop& loop, Feed& feed, const Clock& clock)
      : loop_(loop), feed_(feed), clock_(clock) {}

  void Register(HubInbox& hub) override;
  void Attach(HubInbox& hub, const ChannelName& channel, LogEpoch epoch) override;
  void Detach(HubInbox& hub, const ChannelName& channel, LogEpoch epoch) override;
  void ReadPage(HubInbox& hub, std::uint64_t request, PageRequest page) override;

 private:
  rpc::Loop& loop_;
  Feed& feed_;
  const Clock& clock_;
};

}  // namespace parley::gateway
