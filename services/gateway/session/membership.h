#pragma once

#include <cstddef>
#include <cstdint>

#include "services/common/ids.h"
#include "services/gateway/session/resume.h"

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
  };

  // The client believes to be in the channel.
  bool joined() const { return state == State::kBacklog || state == State::kLive; }

  Session& session;
  const ChannelName channel;
  const std::uint64_t number;  // Tells this join from earlier ones of the session.
  const std::uint64_t ref;
  const Resume resume;
  State state = State::kAttaching;
  // The client was given everything up to here, or told that it lies behind it.
  Offset last = -1;
  std::size_t index = 0;  // Among the channel's members; the hub's.
};

}  // namespace parley::gateway
