#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "services/common/ids.h"

namespace parley::gateway {

class Session;

// One session's place in one channel. Owned by the session's Memberships, known to the hub while it
// is there.
struct Membership {
  enum class State {
    kAttaching,  // No router has confirmed the channel yet.
    kVerdict,    // Resuming: the first page will tell whether all is still there.
    kBacklog,    // `Joined` was told; pages follow, and what comes live is left for a later page.
    kLive,
    kDisplaced,  // The log was re-created; the client is told when the channel is attached again.
  };

  // The client believes to be in the channel.
  bool joined() const {
    return state == State::kBacklog || state == State::kLive || state == State::kDisplaced;
  }

  Session& session;
  const ChannelName channel;
  // Tells this join from earlier ones of the session, and from itself under an older log.
  std::uint64_t number;
  const std::uint64_t ref;
  const std::string after;  // The token to resume from; judged by the log that answers the join.
  State state = State::kAttaching;
  // The client was given everything up to here, or told that it lies behind it. Of the hub's log.
  Offset last = -1;
  std::size_t index = 0;         // Among the channel's members; the hub's.
  std::uint64_t count_told = 0;  // The newest count of members that was told; see CountTelling.
};

}  // namespace parley::gateway
