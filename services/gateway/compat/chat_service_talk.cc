#include "services/gateway/compat/chat_service_talk.h"

#include "services/common/personal_channel.h"

namespace parley::gateway {

std::string ChatServiceEncoding::Write(const DeliveredMessage& delivered) const {
  const ChatMessage& from = delivered.message();
  edge::chat::ChatMessage to;
  if (IsPersonal(from.channel)) {
    to.set_channel(std::string(HeaderOf(from, kChannelHeader)));
    to.set_receiver(ReceiverOf(from));
  } else {
    to.set_channel(from.channel.value());
  }
  to.set_sender(from.sender.value());
  to.set_content(from.content);
  FillTime(delivered, *to.mutable_timestamp());
  return to.SerializeAsString();
}

void ChatServiceTalk::OnMessage(const Message& message, const Arrival& arrival) {
  if (sender_.empty()) {
    sender_ = message.sender();
    channel_ = message.channel();
    conversation_.Hello(sender_, arrival);
  } else if (!message.sender().empty() && message.sender() != sender_) {
    conversation_.End(
        {edge::v1::ERROR_INVALID_USER, "the sender is that of the stream's first message"});
    return;
  }
  const std::string& channel = message.channel().empty() ? channel_ : message.channel();
  if (message.content().empty()) {
    conversation_.Join(channel, arrival);
  } else {
    conversation_.Say({channel, message.receiver(), message.content()}, arrival);
  }
}

}  // namespace parley::gateway
