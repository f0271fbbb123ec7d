#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include "services/common/chat_record.h"
#include "services/common/position.h"
#include "services/gateway/session/shared_bytes.h"

namespace parley::gateway {

class DeliveredMessage;

// A way to write events for one kind of client. There are few, each with one instance for the life
// of the gateway.
class MessageEncoding {
 public:
  static constexpr std::size_t kEncodingsMax = 8;

  explicit MessageEncoding(std::size_t index) : index_(index) {}
  virtual ~MessageEncoding() = default;

  std::size_t index() const { return index_; }
  virtual SharedBytes EncodeMessage(const DeliveredMessage& message) const = 0;

 private:
  std::size_t index_;  // Below kEncodingsMax; its own.
};

// A message on its way to sessions, shared by all that get it. Immutable but for the encodings,
// each of which is made when the first session needs it and only then. Thread-safe.
class DeliveredMessage {
 public:
  DeliveredMessage(ChatMessage message, Position position, std::optional<Offset> previous,
                   std::int64_t time_ms)
      : message_(std::move(message)), position_(position), previous_(previous), time_ms_(time_ms) {}

  const ChatMessage& message() const { return message_; }
  const Position& position() const { return position_; }
  // The channel's message before this one, where it is known.
  std::optional<Offset> previous() const { return previous_; }
  std::int64_t time_ms() const { return time_ms_; }

  const SharedBytes& In(const MessageEncoding& encoding) const {
    std::call_once(once_[encoding.index()],
                   [&] { bytes_[encoding.index()] = encoding.EncodeMessage(*this); });
    return bytes_[encoding.index()];
  }

 private:
  ChatMessage message_;
  Position position_;
  std::optional<Offset> previous_;
  std::int64_t time_ms_;
  mutable std::array<std::once_flag, MessageEncoding::kEncodingsMax> once_;
  mutable std::array<SharedBytes, MessageEncoding::kEncodingsMax> bytes_;
};

}  // namespace parley::gateway
