#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace parley {

// Microseconds since 1970 of a time as RFC 3339 writes it, in any zone; digits beyond the sixth are
// dropped.
[[nodiscard]] std::optional<std::int64_t> ParseRfc3339(std::string_view text);

}  // namespace parley
