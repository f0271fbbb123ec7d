#include "services/common/connection_event.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "services/common/text.h"

namespace parley {
namespace {

using Json = nlohmann::json;
using Type = ConnectionEvent::Type;

// Twice what the longest names need when every byte of them is escaped.
constexpr std::size_t kRecordBytesMax = 4096;
constexpr std::size_t kServerBytesMax = 128;
constexpr std::size_t kAddressBytesMax = 300;  // A DNS name is at most 253 bytes.

constexpr std::array<std::pair<Type, std::string_view>, 7> kTypeWords = {{
    {Type::kConnect, "connect"},
    {Type::kJoin, "join"},
    {Type::kLeave, "leave"},
    {Type::kDisconnect, "disconnect"},
    {Type::kHeartbeat, "heartbeat"},
    {Type::kDraining, "draining"},
    {Type::kGone, "gone"},
}};

std::string_view WordOf(Type type) {
  for (const auto& [known, word] : kTypeWords) {
    if (known == type) return word;
  }
  return {};
}

std::optional<Type> TypeOf(std::string_view text) {
  for (const auto& [type, word] : kTypeWords) {
    if (word == text) return type;
  }
  return std::nullopt;
}

bool IsOfSession(Type type) {
  return type == Type::kConnect || type == Type::kJoin || type == Type::kLeave ||
         type == Type::kDisconnect;
}

// RFC 3339 in UTC, with milliseconds.
std::string FormatTime(std::int64_t time_ms) {
  using std::chrono::days;
  using std::chrono::floor;
  using std::chrono::hh_mm_ss;
  using std::chrono::milliseconds;
  using std::chrono::sys_days;
  using std::chrono::sys_time;
  using std::chrono::year_month_day;
  const sys_time<milliseconds> time{milliseconds(time_ms)};
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss<milliseconds> clock(time - day);
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<int>(clock.subseconds().count()));
  return std::string(text.data(), static_cast<std::size_t>(size));
}

// A number of exactly `digits` digits off the front.
std::optional<int> TakeDigits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool TakeOneOf(std::string_view& text, std::string_view allowed) {
  if (text.empty() || allowed.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// The milliseconds of ".678" off the front; none is 0, and digits beyond the third are dropped.
std::optional<int> TakeFraction(std::string_view& text) {
  if (!TakeOneOf(text, ".")) return 0;
  int value = 0;
  int digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
    if (digits++ < 3) value = value * 10 + (text.front() - '0');
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 3; ++digits) value *= 10;
  return value;
}

// The minutes east of UTC of "Z" or "+01:30"; the whole of `text`.
std::optional<int> TakeZone(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  const int sign = text.empty() || text.front() != '-' ? 1 : -1;
  if (!TakeOneOf(text, "+-")) return std::nullopt;
  const std::optional<int> hours = TakeDigits(text, 2);
  if (!hours || !TakeOneOf(text, ":")) return std::nullopt;
  const std::optional<int> minutes = TakeDigits(text, 2);
  if (!minutes || !text.empty() || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

// Milliseconds since 1970 of an RFC 3339 time in any zone.
std::optional<std::int64_t> ParseTime(std::string_view text) {
  std::array<int, 6> parts{};  // Year, month, day, hour, minute, second.
  constexpr std::array<std::string_view, 6> kSeparators = {"-", "-", "Tt ", ":", ":", ""};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::optional<int> part = TakeDigits(text, i == 0 ? 4 : 2);
    if (!part) return std::nullopt;
    parts[i] = *part;
    if (!kSeparators[i].empty() && !TakeOneOf(text, kSeparators[i])) return std::nullopt;
  }
  const std::optional<int> fraction = TakeFraction(text);
  if (!fraction) return std::nullopt;
  const std::optional<int> zone = TakeZone(text);
  const std::chrono::year_month_day date{std::chrono::year(parts[0]),
                                         std::chrono::month(static_cast<unsigned>(parts[1])),
                                         std::chrono::day(static_cast<unsigned>(parts[2]))};
  // 60 is a leap second.
  if (!zone || !date.ok() || parts[3] > 23 || parts[4] > 59 || parts[5] > 60) return std::nullopt;
  const std::chrono::milliseconds time =
      std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(parts[3]) +
      std::chrono::minutes(parts[4] - *zone) + std::chrono::seconds(parts[5]) +
      std::chrono::milliseconds(*fraction);
  return time.count();
}

// The text of a field; nothing when it is there and no text. A field that is not there is empty.
std::optional<std::string> TextOf(const Json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end() || found->is_null()) return std::string();
  if (!found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

// A whole number from 0 to `most`; nothing when the field is there and no such number.
std::optional<std::uint64_t> NumberOf(const Json& object, const char* field, std::uint64_t most) {
  const auto found = object.find(field);
  if (found == object.end() || found->is_null()) return 0;
  if (!found->is_number_unsigned()) return std::nullopt;
  const auto value = found->get<std::uint64_t>();
  if (value > most) return std::nullopt;
  return value;
}

bool IsNameOrEmpty(const std::string& text, std::size_t bytes_max) {
  return text.empty() || IsName(text, bytes_max);
}

// Whether what this type of event needs is there, and everything keeps its limit.
bool IsSound(const ConnectionEvent& event) {
  const bool of_session = IsOfSession(event.type);
  const bool of_channel = event.type == Type::kJoin || event.type == Type::kLeave;
  if (!IsName(event.server.value(), kServerBytesMax) || event.epoch == 0) return false;
  if (of_session && (event.user.empty() || event.session.empty() || event.revision == 0))
    return false;
  if (of_channel && event.channel.empty()) return false;
  return IsNameOrEmpty(event.user.value(), kUserBytesMax) &&
         IsNameOrEmpty(event.session.value(), kSessionBytesMax) &&
         IsNameOrEmpty(event.channel.value(), kChannelBytesMax) &&
         IsNameOrEmpty(event.link_address, kAddressBytesMax) &&
         IsNameOrEmpty(event.grpc_address, kAddressBytesMax);
}

}  // namespace

std::string ToJson(const ConnectionEvent& event) {
  Json object = {
      {"type", WordOf(event.type)},
      {"user_id", event.user.value()},
      {"server_id", event.server.value()},
      {"epoch", event.epoch},
      {"revision", event.revision},
      {"connected", event.type != Type::kDisconnect && event.type != Type::kGone},
      {"timestamp", FormatTime(event.time_ms)},
  };
  if (IsOfSession(event.type)) {
    object["session_id"] = event.session.value();
    if (!event.channel.empty()) object["channel"] = event.channel.value();
  } else {
    object["address"] = event.link_address;
    object["grpc_address"] = event.grpc_address;
    object["sessions"] = event.sessions;
  }
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<ConnectionEvent> ParseConnectionEvent(std::string_view json) {
  if (json.size() > kRecordBytesMax) return std::nullopt;
  const Json object = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return std::nullopt;

  const auto type = TextOf(object, "type");
  const auto server = TextOf(object, "server_id");
  const auto user = TextOf(object, "user_id");
  const auto session = TextOf(object, "session_id");
  const auto channel = TextOf(object, "channel");
  const auto link_address = TextOf(object, "address");
  const auto grpc_address = TextOf(object, "grpc_address");
  const auto time = TextOf(object, "timestamp");
  const auto epoch = NumberOf(object, "epoch", std::numeric_limits<std::int64_t>::max());
  const auto revision = NumberOf(object, "revision", std::numeric_limits<std::int64_t>::max());
  const auto sessions = NumberOf(object, "sessions", std::numeric_limits<std::uint32_t>::max());
  if (!type || !server || !user || !session || !channel || !link_address || !grpc_address ||
      !time || !epoch || !revision || !sessions) {
    return std::nullopt;
  }
  const std::optional<Type> known_type = TypeOf(*type);
  if (!known_type) return std::nullopt;

  ConnectionEvent event{
      .type = *known_type,
      .server = ServerId(*server),
      .epoch = static_cast<std::int64_t>(*epoch),
      .revision = *revision,
      .user = UserId(*user),
      .session = SessionId(*session),
      .channel = ChannelName(*channel),
      .link_address = *link_address,
      .grpc_address = *grpc_address,
      .sessions = static_cast<std::uint32_t>(*sessions),
      // The time is for people: nothing is decided by it, so a bad one costs nothing.
      .time_ms = ParseTime(*time).value_or(0),
  };
  if (!IsSound(event)) return std::nullopt;
  return event;
}

}  // namespace parley
