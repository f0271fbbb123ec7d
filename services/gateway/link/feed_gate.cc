#include "services/gateway/link/feed_gate.h"

#include <utility>

namespace parley::gateway {

void FeedGate::Attach(HubInbox& hub, const ChannelName& channel) {
  loop_.Post([this, &hub, channel] { feed_.Attach(hub, channel, clock_.Now()); });
}

void FeedGate::Detach(HubInbox& hub, const ChannelName& channel) {
  loop_.Post([this, &hub, channel] { feed_.Detach(hub, channel); });
}

void FeedGate::ReadPage(HubInbox& hub, std::uint64_t request, PageRequest page) {
  loop_.Post([this, &hub, request, page = std::move(page)]() mutable {
    feed_.ReadPage(hub, request, std::move(page), clock_.Now());
  });
}

}  // namespace parley::gateway
