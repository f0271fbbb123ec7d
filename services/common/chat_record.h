#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "services/common/ids.h"

namespace parley {

// Names of the headers of records of `chatting`.
inline constexpr std::string_view kContentTypeHeader = "content-type";
inline constexpr std::string_view kContentTypeProtobuf = "application/x-protobuf";
inline constexpr std::string_view kContentTypeJson = "application/json";
inline constexpr std::string_view kRetryHeader =
    "parley-retry";  // "1": repeats an earlier publish.
inline constexpr std::string_view kOriginHeader =
    "parley-origin";  // "partition/offset" of a forwarded record.

struct MessageHeader {
  std::string name;
  std::string value;
};

// Names of the headers of messages that gateways set. Clients may set none that begins so.
inline constexpr std::string_view kReservedHeaderPrefix = "parley-";
inline constexpr std::string_view kReceiverHeader = "parley-to";  // Of a direct message: the user.

// A chat message, without its place.
struct ChatMessage {
  ChannelName channel;
  MessageId id;
  UserId sender;
  std::string content;
  std::int64_t accepted_at_us = 0;
  std::vector<MessageHeader> headers;
};

// A record of `chatting` as Kafka hands it out; views into the Kafka client's memory.
struct RawRecord {
  Partition partition = 0;
  Offset offset = 0;
  std::int64_t time_ms = 0;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::vector<std::pair<std::string_view, std::string_view>> headers;
};

// A message with its place in the log.
struct LogRecord {
  Offset offset = 0;
  std::int64_t time_ms = 0;  // Append time.
  bool retry = false;
  bool forwarded = false;  // Carries an origin header.
  ChatMessage message;
};

struct Tombstone {};

struct Unreadable {
  std::string reason;  // For the dead letter's header and the metric: one of a few fixed words.
};

using ParsedRecord = std::variant<LogRecord, Tombstone, Unreadable>;

// Reads either encoding and holds it to the limits of the edge. Never throws.
[[nodiscard]] ParsedRecord ParseRecord(const RawRecord& raw, std::size_t content_bytes_max);

// The protobuf value that gateways write.
[[nodiscard]] std::string SerializeRecord(const ChatMessage& message);

}  // namespace parley
