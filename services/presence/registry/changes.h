#pragma once

#include <vector>

#include "services/common/ids.h"

namespace parley::presence {

// What applying events to the registry changed, in order; what the watchers are told is made from
// it.

// A server came, changed (address, draining) or went.
struct ServerChange {
  ServerId server;
  bool up = false;
};

// A user's first session joined a channel, or the last one left it.
struct MembershipChange {
  ChannelName channel;
  UserId user;
  bool joined = false;
};

// A user who was in a channel, and still is, has another number of sessions there.
struct CountChange {
  ChannelName channel;
  UserId user;
};

struct Changes {
  std::vector<ServerChange> servers;
  std::vector<MembershipChange> memberships;
  std::vector<CountChange> counts;

  bool empty() const { return servers.empty() && memberships.empty() && counts.empty(); }
  void clear() {
    servers.clear();
    memberships.clear();
    counts.clear();
  }
};

}  // namespace parley::presence
