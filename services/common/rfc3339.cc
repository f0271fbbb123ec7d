#include "services/common/rfc3339.h"

#include <array>
#include <chrono>

namespace parley {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// A number of exactly `digits` digits off the front.
std::optional<int> TakeNumber(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(0, digits)) {
    if (!IsDigit(c)) return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool TakeOneOf(std::string_view& text, std::string_view allowed) {
  if (text.empty() || allowed.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// The microseconds of ".678" off the front; 0 when there is no fraction.
std::optional<int> TakeFraction(std::string_view& text) {
  if (!TakeOneOf(text, ".")) return 0;
  int micros = 0;
  int digits = 0;
  for (; !text.empty() && IsDigit(text.front()); ++digits, text.remove_prefix(1)) {
    if (digits < 6) micros = micros * 10 + (text.front() - '0');
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 6; ++digits) micros *= 10;
  return micros;
}

// The minutes east of Greenwich of "Z" or "+01:30", which end the text.
std::optional<int> TakeZone(std::string_view text) {
  if (TakeOneOf(text, "Zz")) return text.empty() ? std::optional(0) : std::nullopt;
  const int sign = text.starts_with('-') ? -1 : 1;
  if (!TakeOneOf(text, "+-")) return std::nullopt;
  const std::optional<int> hours = TakeNumber(text, 2);
  if (!hours || !TakeOneOf(text, ":")) return std::nullopt;
  const std::optional<int> minutes = TakeNumber(text, 2);
  if (!minutes || !text.empty() || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

}  // namespace

std::optional<std::int64_t> ParseRfc3339(std::string_view text) {
  struct Part {
    std::size_t digits;
    int most;
    std::string_view separators;
  };
  // 60 seconds: a leap second.
  constexpr std::array<Part, 6> kParts = {
      {{4, 9999, "-"}, {2, 12, "-"}, {2, 31, "Tt "}, {2, 23, ":"}, {2, 59, ":"}, {2, 60, ""}}};
  std::array<int, kParts.size()> numbers{};
  for (std::size_t i = 0; i < kParts.size(); ++i) {
    const std::optional<int> number = TakeNumber(text, kParts.at(i).digits);
    if (!number || *number > kParts.at(i).most) return std::nullopt;
    numbers.at(i) = *number;
    const std::string_view separators = kParts.at(i).separators;
    if (!separators.empty() && !TakeOneOf(text, separators)) return std::nullopt;
  }
  const std::optional<int> micros = TakeFraction(text);
  if (!micros) return std::nullopt;
  const std::optional<int> zone = TakeZone(text);
  const auto [year, month, day, hour, minute, second] = numbers;
  const std::chrono::year_month_day date(std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)});
  if (!zone || !date.ok()) return std::nullopt;
  const std::chrono::microseconds time =
      std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
      std::chrono::minutes(minute - *zone) + std::chrono::seconds(second) +
      std::chrono::microseconds(*micros);
  return time.count();
}

}  // namespace parley
