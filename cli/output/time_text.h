#pragma once

#include <cstdint>
#include <string>

namespace parley::cli {

// 2025-01-31T12:34:56.789Z
[[nodiscard]] std::string UtcTime(std::int64_t unix_ms);

// In the local time zone: 12:34, or Jan 31 12:34 when it is not of the day of `now_ms`.
[[nodiscard]] std::string ClockTime(std::int64_t unix_ms, std::int64_t now_ms);

}  // namespace parley::cli
