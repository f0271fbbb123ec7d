#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "client/recovery.h"
#include "client/types.h"
#include "services/common/clock.h"

namespace parley::client {

// What a session tells, in the order in which it came. A `Message` is an event too.

// Who came to and who went from a joined channel. In large channels only the count is told.
struct PresenceChange {
  ChannelName channel{};
  std::vector<UserId> joined{};
  std::vector<UserId> left{};
  std::uint32_t members = 0;  // How many users the channel has now.
};

// Messages between the two positions exist and were not given to this session, although it came
// back for them: once a gap shows, it resumes on another server, and that says so too.
struct Gap {
  ChannelName channel{};
  PositionToken after{};
  PositionToken before{};
};

enum class LossReason {
  kUnknown,
  kRetention,
  kNewLog,
  kNotRecovered,  // A resume brought not everything; `Discontinuity::recovery` says why.
};

// Messages up to `position` are lost to this session: the server said so.
struct Discontinuity {
  ChannelName channel{};
  PositionToken position{};
  LossReason reason = LossReason::kUnknown;
  Recovery recovery = Recovery::kNotAsked;
};

// There is no server now, and the session looks for one: an event for each attempt. Nothing is lost
// by it: messages are resumed, publishes sent again.
struct Reconnecting {
  ServerId lost{};  // The server that was left.
  Error why{};      // Why it was left or, from the second attempt on, why the last one failed.
  std::uint32_t attempt = 1;
  Duration wait{};  // Until it begins.
};

// All channels are resumed.
struct Reconnected {
  ServerId lost{};
  ServerId server{};
  Duration after{};  // How long there was no server.
  std::uint32_t attempts = 1;
};

// A joined channel was refused when it was to be resumed; the session is not in it any more.
struct ChannelLost {
  ChannelName channel{};
  Error error{};
};

// The session has ended, by `Close` or because no server will take it; nothing follows.
struct Closed {
  Error error{};
};

using Event = std::variant<Message, PresenceChange, Gap, Discontinuity, Reconnecting, Reconnected,
                           ChannelLost, Closed>;

}  // namespace parley::client
