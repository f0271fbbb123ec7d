#pragma once

#include <cstdint>
#include <variant>
#include <vector>

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

// Messages between the two positions exist and were not given to this session. Joining again with
// `after` gets them.
struct Gap {
  ChannelName channel{};
  PositionToken after{};
  PositionToken before{};
};

enum class LossReason { kUnknown, kRetention, kNewLog };

// The server told that messages up to `position` are lost to this session.
struct Discontinuity {
  ChannelName channel{};
  PositionToken position{};
  LossReason reason = LossReason::kUnknown;
};

// The gateway is about to stop: connect to another after a random time between the two.
struct DrainNotice {
  Duration reconnect_after_min{};
  Duration reconnect_after_max{};
};

// The session has ended; nothing follows.
struct Closed {
  Error error{};
};

using Event = std::variant<Message, PresenceChange, Gap, Discontinuity, DrainNotice, Closed>;

}  // namespace parley::client
