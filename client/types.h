#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/common/chat_record.h"
#include "services/common/ids.h"

namespace parley::client {

// A place in a channel, as the server tells it. Opaque, but two promises hold: the tokens of one
// channel sort in the order of the log, and any gateway takes them back. Empty: no place.
using PositionToken = Name<struct PositionTokenKind>;

// What to do about an error.
enum class Advice {
  kResumeNow,    // Connect again at once.
  kRepeatLater,  // Back off, then do the same again; a publish under the same id and marked
                 // `retry`.
  kGiveUp,       // The same again will fail again.
};

// Codes of our own, beside those of the server's table (`ERROR_BUSY` …) and the names of gRPC's
// statuses (`UNAVAILABLE` …) where the server gave no verdict.
inline constexpr const char* kUnreachable =
    "UNREACHABLE";                                  // No connection came about: nothing was sent.
inline constexpr const char* kClosed = "CLOSED";    // This side closed the session.
inline constexpr const char* kSilent = "SILENT";    // The server showed no sign of life in time.
inline constexpr const char* kMissing = "MISSING";  // The server left out a message.

struct Error {
  std::string code{};
  std::string message{};  // For people; may hold the server's text.
  Advice advice = Advice::kRepeatLater;

  bool retryable() const { return advice != Advice::kGiveUp; }
};

// A value, or why there is none.
template <class T>
struct [[nodiscard]] Result {
  std::optional<T> value;
  Error error;

  Result(T made) : value(std::move(made)) {}          // NOLINT: a value is a result.
  Result(Error reason) : error(std::move(reason)) {}  // NOLINT: so is an error.
  explicit operator bool() const { return value.has_value(); }
  T& operator*() { return *value; }
  const T& operator*() const { return *value; }
  T* operator->() { return &*value; }
  const T* operator->() const { return &*value; }
};

struct Message {
  ChannelName channel{};
  MessageId id{};
  UserId sender{};
  std::string content{};
  std::int64_t time_ms = 0;  // When Kafka appended it, since 1970.
  PositionToken position{};
  // The channel's message before it; empty when the gateway does not know it.
  PositionToken previous{};
  std::vector<MessageHeader> headers{};
};

// A message to send.
struct Publication {
  ChannelName channel{};
  std::string content{};
  // Empty: a fresh UUID. Keep it: repeating a publish whose outcome is unknown is safe only under
  // the same id.
  MessageId id{};
  bool retry = false;  // This repeats an earlier publish of the same channel, user and id.
  std::vector<MessageHeader> headers{};
};

enum class Outcome {
  kStored,     // Kafka has it on all in-sync replicas.
  kNotStored,  // It is not in the log and will not get there.
  kUnknown,    // It may or may not be; repeat it under the same id with `retry`, and it is shown
               // once.
};

struct [[nodiscard]] PublishResult {
  Outcome outcome = Outcome::kUnknown;
  ChannelName channel{};
  MessageId id{};
  // Where it lies, if stored. It can run ahead of delivery: never resume from it.
  PositionToken position{};
  Error error{};               // Why it is not known to be stored.
  std::uint32_t attempts = 0;  // How often it was sent.
};

struct HistoryQuery {
  ChannelName channel{};
  PositionToken before{};   // Empty: from the end.
  std::uint32_t limit = 0;  // 0: the server's default.
};

struct HistoryPage {
  std::vector<Message> messages{};  // In log order.
  PositionToken older{};  // Give it as `before` for what is older; empty: there is nothing older.
};

struct Member {
  UserId user{};
  std::uint32_t sessions = 0;
};

struct MemberList {
  std::vector<Member> members{};  // Sorted by user.
  std::uint32_t total = 0;        // How many users the channel has, listed or not.
};

struct ChannelInfo {
  ChannelName channel{};
  std::uint32_t members = 0;
};

struct ChannelList {
  std::vector<ChannelInfo> channels{};  // Sorted by name.
  bool more = false;
};

}  // namespace parley::client
