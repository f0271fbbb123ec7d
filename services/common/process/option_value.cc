#include "services/common/process/option_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <span>
#include <system_error>

namespace parley::process {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

// Smallest first.
constexpr std::array<Unit, 4> kSizes = {
    {{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}};
constexpr std::array<Unit, 4> kTimes = {{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};

template <class Number>
std::optional<Number> ParseWhole(std::string_view text) {
  Number number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

// A whole number and its unit. Zero is zero in any unit and needs none.
std::optional<std::int64_t> ParseWithUnit(std::string_view text, std::span<const Unit> units) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || number < 0) return std::nullopt;
  const std::string_view name(rest, static_cast<std::size_t>(end - rest));
  if (name.empty() && number == 0) return 0;
  const auto unit = std::ranges::find(units, name, &Unit::name);
  if (unit == units.end() || number > INT64_MAX / unit->factor) return std::nullopt;
  return number * unit->factor;
}

// In the largest unit that divides the value.
std::string FormatWithUnit(std::int64_t value, std::span<const Unit> units) {
  const auto divides = [&](const Unit& unit) { return value != 0 && value % unit.factor == 0; };
  std::size_t best = 0;
  for (std::size_t i = 1; i < units.size(); ++i) {
    if (divides(units[i])) best = i;
  }
  return std::to_string(value / units[best].factor).append(units[best].name);
}

}  // namespace

std::optional<bool> ParseFlag(std::string_view text) {
  constexpr std::array<std::string_view, 4> kYes = {"true", "yes", "on", "1"};
  constexpr std::array<std::string_view, 4> kNo = {"false", "no", "off", "0"};
  if (std::ranges::find(kYes, text) != kYes.end()) return true;
  if (std::ranges::find(kNo, text) != kNo.end()) return false;
  return std::nullopt;
}

std::optional<int> ParseNumber(std::string_view text) { return ParseWhole<int>(text); }

std::optional<std::size_t> ParseCount(std::string_view text) {
  return ParseWhole<std::size_t>(text);
}

std::optional<std::size_t> ParseSize(std::string_view text) {
  const std::optional<std::int64_t> bytes = ParseWithUnit(text, kSizes);
  if (!bytes) return std::nullopt;
  return static_cast<std::size_t>(*bytes);
}

std::string FormatSize(std::size_t bytes) {
  return FormatWithUnit(static_cast<std::int64_t>(bytes), kSizes);
}

std::optional<std::chrono::milliseconds> ParseTime(std::string_view text) {
  const std::optional<std::int64_t> milliseconds = ParseWithUnit(text, kTimes);
  if (!milliseconds) return std::nullopt;
  return std::chrono::milliseconds(*milliseconds);
}

std::string FormatTime(std::chrono::milliseconds time) {
  return FormatWithUnit(time.count(), kTimes);
}

std::vector<std::string> ParseList(std::string_view text) {
  std::vector<std::string> list;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view element = Trim(text.substr(0, comma));
    if (!element.empty()) list.emplace_back(element);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return list;
}

std::string FormatList(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& element : list) {
    if (!text.empty()) text += ',';
    text += element;
  }
  return text;
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace parley::process
