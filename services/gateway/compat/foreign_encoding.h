#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <google/protobuf/timestamp.pb.h>
#include <prometheus/counter.h>

#include "services/gateway/session/event_encoding.h"

namespace parley::gateway {

// In a direct message that came over `chat.ChatService`: the channel that it named.
inline constexpr std::string_view kChannelHeader = "channel";

// How clients of the foreign services are written to: each message is one gRPC message, and their
// protocols know no other events. Thread-safe.
class ForeignEncoding : public EventEncoding {
 public:
  SharedBytes EncodeMessage(const DeliveredMessage& delivered) const final;
  SharedBytes EncodeEvent(const edge::v1::Event&) const final { return {}; }

 protected:
  enum Kind : std::size_t { kChatService = 1, kBroadcast, kChat };  // 0 is the native one.

  ForeignEncoding(Kind kind, prometheus::Counter& encodings)
      : EventEncoding(kind), encodings_(encodings) {}

 private:
  // Nothing: this is not for clients of this kind.
  virtual std::string Write(const DeliveredMessage& delivered) const = 0;

  prometheus::Counter& encodings_;  // Of messages.
};

// The header's value; empty when there is none.
[[nodiscard]] std::string_view HeaderOf(const ChatMessage& message, std::string_view name);

// Whom a direct message is for; empty for messages to channels.
[[nodiscard]] std::string ReceiverOf(const ChatMessage& message);

// A direct message as its sender has it. A client that cannot be told for whom it was would take it
// for a message to itself.
[[nodiscard]] bool IsSendersCopy(const ChatMessage& message);

void FillTime(const DeliveredMessage& delivered, google::protobuf::Timestamp& time);

}  // namespace parley::gateway
