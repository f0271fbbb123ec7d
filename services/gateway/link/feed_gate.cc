#include "services/gateway/link/feed_gate.h"

#include <utility>

namespace parley::gateway {

void FeedGate::Register(HubInbox& hub) {
  loop_.Post([this, &hub] { feed_.Register(hub); });
}

void FeedGate::Attach(HubInbox& hub, const ChannelName& channel, LogEpoch epoch) {
  loop_.Post([this, &hub, channel, epoch] { feed_.Attach(hub, channel, epoch, clock_.Now()); });
}

void FeedGate::Detach(HubInbox& hub, const ChannelName& channel, LogEpoch epoch) {
  loop_.Post([this, &hub, channel, epoch] { feed_.Detach(hub, channel, epoch); });
}

void FeedGate::ReadPage(HubInbox& hub, std::uint64_t request, PageRequest page) {
  loop_.Post([this, &hub, request, page = std::move(page)]() mutable {
    feed_.ReadPage(hub, request, std::move(page), clock_.Now());
  });
}

}  // namespace parley::gateway
