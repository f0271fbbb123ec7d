#include "services/gateway/compat/chat_talk.h"

#include <utility>

namespace parley::gateway {

std::string ChatEncoding::Write(const DeliveredMessage& delivered) const {
  const ChatMessage& from = delivered.message();
  if (IsSendersCopy(from)) return {};
  edge::chat::ChatStream to;
  to.mutable_message()->set_author(from.sender.value());
  to.mutable_message()->set_content(from.content);
  return to.SerializeAsString();
}

ChatTalk::ChatTalk(Conversation& conversation, std::string channel)
    : conversation_(conversation), channel_(std::move(channel)) {}

void ChatTalk::OnMessage(const Message& event, const Arrival& arrival) {
  if (logged_out_) return;
  if (event.has_login()) {
    LogIn(event.login().username(), arrival);
  } else if (user_.empty()) {
    conversation_.End({edge::v1::ERROR_HELLO_REQUIRED, "the first event must be Login"});
  } else if (event.has_logout()) {
    logged_out_ = true;
  } else if (!event.has_message()) {
    conversation_.End({edge::v1::ERROR_MALFORMED, "the event holds nothing that is known here"});
  } else if (!event.message().content().empty()) {
    conversation_.Say({channel_, {}, event.message().content()}, arrival);
  }
}

void ChatTalk::LogIn(const std::string& user, const Arrival& arrival) {
  if (user == user_ && !user.empty()) return;
  user_ = user;
  // Another user's is a second hello, which ends the session.
  conversation_.Hello(user, arrival);
  conversation_.HideEcho();
  conversation_.Join(channel_, arrival);
}

}  // namespace parley::gateway
