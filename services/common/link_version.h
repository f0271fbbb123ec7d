#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace parley {

// The link between routers and gateways. Both ends name the newest version that they speak and use
// the smaller of the two; docs/architecture.md says what needs a new one.
inline constexpr std::uint32_t kLinkVersion = 1;
// The oldest that this build still speaks. 0 is what an end says that names none.
inline constexpr std::uint32_t kLinkVersionMin = 1;

// What both ends use, when the other's newest is `theirs`; nothing when this end is too new for it.
[[nodiscard]] constexpr std::optional<std::uint32_t> CommonLinkVersion(
    std::uint32_t theirs, std::uint32_t min = kLinkVersionMin, std::uint32_t max = kLinkVersion) {
  if (theirs < min) return std::nullopt;
  return std::min(theirs, max);
}

}  // namespace parley
