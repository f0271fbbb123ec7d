#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/gateway/feed/channel_ring.h"
#include "services/gateway/hub/feed_port.h"

namespace parley::gateway {

// One channel that hubs want. It is pending until a router confirms it, then attached until the
// last hub lets go of it.
struct FeedChannel {
  struct Member {
    HubInbox* hub;
    TimePoint deadline;  // While pending.
  };

  explicit FeedChannel(RecentMessages& recent_messages) : recent(recent_messages, -1) {}

  [[nodiscard]] bool HasMember(const HubInbox& hub) const {
    return std::any_of(members.begin(), members.end(),
                       [&](const Member& member) { return member.hub == &hub; });
  }

  std::vector<Member> members;
  // What confirms it: the answer to this `Add`; 0: the answer to the newest `Serve`.
  std::uint64_t add = 0;
  TimePoint add_deadline;
  // Everything beyond is handed on. Nothing while pending.
  std::optional<Offset> attached_at;
  // The last message handed on, when nothing was lost since.
  std::optional<Offset> last;
  ChannelRing recent;
};

}  // namespace parley::gateway
