#pragma once

#include <cstdint>
#include <string>

#include "client/event.h"

namespace parley::cli {

// "connection to gateway-1 lost; back on gateway-2 after 0.4 s": the one line that a lost gateway
// is worth.
[[nodiscard]] std::string BackAgain(const client::Reconnected& back);

// A line more when it takes long: at this attempt, not at others.
inline constexpr std::uint32_t kAttemptToTell = 5;
[[nodiscard]] std::string StillAway(const client::Reconnecting& trying);

}  // namespace parley::cli
