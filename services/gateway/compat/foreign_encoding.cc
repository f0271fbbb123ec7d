#include "services/gateway/compat/foreign_encoding.h"

#include "services/common/personal_channel.h"

namespace parley::gateway {

SharedBytes ForeignEncoding::EncodeMessage(const DeliveredMessage& delivered) const {
  encodings_.Increment();
  return SharedBytes(Write(delivered));
}

std::string_view HeaderOf(const ChatMessage& message, std::string_view name) {
  for (const MessageHeader& header : message.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

std::string ReceiverOf(const ChatMessage& message) {
  if (!IsPersonal(message.channel)) return {};
  const std::string_view receiver = HeaderOf(message, kReceiverHeader);
  return receiver.empty() ? OwnerOf(message.channel).value() : std::string(receiver);
}

bool IsSendersCopy(const ChatMessage& message) {
  return IsPersonal(message.channel) && ReceiverOf(message) != OwnerOf(message.channel).value();
}

void FillTime(const DeliveredMessage& delivered, google::protobuf::Timestamp& time) {
  constexpr std::int64_t kMsPerSecond = 1000;
  constexpr std::int32_t kNanosPerMs = 1'000'000;
  time.set_seconds(delivered.time_ms() / kMsPerSecond);
  time.set_nanos(static_cast<std::int32_t>(delivered.time_ms() % kMsPerSecond) * kNanosPerMs);
}

}  // namespace parley::gateway
