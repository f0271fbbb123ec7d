#include "services/gateway/session/native_encoding.h"

#include <cstdint>
#include <string>

#include <google/protobuf/io/coded_stream.h>

#include "services/common/position.h"

namespace parley::gateway {

SharedBytes NativeEncoding::EncodeMessage(const DeliveredMessage& delivered) const {
  edge::v1::Event event;
  FillMessage(delivered, *event.mutable_message());
  encodings_.Increment();
  return EncodeEvent(event);
}

SharedBytes NativeEncoding::EncodeEvent(const edge::v1::Event& event) const {
  using google::protobuf::io::CodedOutputStream;
  constexpr std::uint32_t kLengthDelimited = 2;
  constexpr std::uint32_t kTag = edge::v1::ServerFrame::kEventsFieldNumber << 3 | kLengthDelimited;

  const auto size = static_cast<std::uint32_t>(event.ByteSizeLong());
  std::string bytes(
      CodedOutputStream::VarintSize32(kTag) + CodedOutputStream::VarintSize32(size) + size, '\0');
  auto* end = reinterpret_cast<std::uint8_t*>(bytes.data());
  end = CodedOutputStream::WriteVarint32ToArray(kTag, end);
  end = CodedOutputStream::WriteVarint32ToArray(size, end);
  event.SerializeWithCachedSizesToArray(end);
  return SharedBytes(bytes);
}

void FillMessage(const DeliveredMessage& delivered, edge::v1::Message& message) {
  const ChatMessage& from = delivered.message();
  const Position& position = delivered.position();
  message.set_channel(from.channel.value());
  message.set_id(from.id.value());
  message.set_sender(from.sender.value());
  message.set_content(from.content);
  message.set_time_ms(delivered.time_ms());
  message.set_position(EncodeToken(position, from.channel));
  if (delivered.previous()) {
    message.set_previous(
        EncodeToken({position.epoch, position.partition, *delivered.previous()}, from.channel));
  }
  for (const MessageHeader& header : from.headers) {
    auto* to = message.add_headers();
    to->set_name(header.name);
    to->set_value(header.value);
  }
}

}  // namespace parley::gateway
