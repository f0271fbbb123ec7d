#include "cli/output/time_text.h"

#include <cstdio>
#include <ctime>

namespace parley::cli {
namespace {

std::time_t Seconds(std::int64_t unix_ms) {
  return static_cast<std::time_t>(unix_ms / 1000 - (unix_ms % 1000 < 0 ? 1 : 0));
}

std::string Format(const char* format, const std::tm& time) {
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &time)};
}

std::tm Local(std::int64_t unix_ms) {
  const std::time_t seconds = Seconds(unix_ms);
  std::tm time{};
  localtime_r(&seconds, &time);
  return time;
}

}  // namespace

std::string UtcTime(std::int64_t unix_ms) {
  const std::time_t seconds = Seconds(unix_ms);
  std::tm time{};
  gmtime_r(&seconds, &time);
  char fraction[8];
  const auto milliseconds = static_cast<unsigned>((unix_ms % 1000 + 1000) % 1000);
  std::snprintf(fraction, sizeof fraction, ".%03uZ", milliseconds % 1000);
  return Format("%Y-%m-%dT%H:%M:%S", time) + fraction;
}

std::string ClockTime(std::int64_t unix_ms, std::int64_t now_ms) {
  const std::tm time = Local(unix_ms);
  const std::tm now = Local(now_ms);
  const bool is_today = time.tm_year == now.tm_year && time.tm_yday == now.tm_yday;
  return Format(is_today ? "%H:%M" : "%b %d %H:%M", time);
}

}  // namespace parley::cli
