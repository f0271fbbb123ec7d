#include "services/gateway/compat/broadcast_talk.h"

namespace parley::gateway {

std::string BroadcastEncoding::Write(const DeliveredMessage& delivered) const {
  const ChatMessage& from = delivered.message();
  if (IsSendersCopy(from)) return {};
  edge::chat::Message to;
  to.set_id(from.sender.value());
  to.set_content(from.content);
  FillTime(delivered, *to.mutable_timestamp());
  return to.SerializeAsString();
}

void BroadcastTalk::OnMessage(const Message& connect, const Arrival& arrival) {
  // A second one is a second hello, which ends the session.
  conversation_.Hello(connect.user().id(), arrival);
  conversation_.Join(channel_, arrival);
}

}  // namespace parley::gateway
