#pragma once

#include <string>

#include "parley/edge/compat/chat_service.pb.h"
#include "services/gateway/compat/conversation.h"
#include "services/gateway/compat/foreign_encoding.h"

namespace parley::gateway {

class ChatServiceEncoding final : public ForeignEncoding {
 public:
  explicit ChatServiceEncoding(prometheus::Counter& encodings)
      : ForeignEncoding(kChatService, encodings) {}

 private:
  std::string Write(const DeliveredMessage& delivered) const override;
};

// `chat.ChatService/ChatStream`: the first message names sender and channel; each is published to
// the channel that it names, or to its receiver alone.
class ChatServiceTalk final {
 public:
  using Message = edge::chat::ChatMessage;
  using Encoding = ChatServiceEncoding;

  explicit ChatServiceTalk(Conversation& conversation) : conversation_(conversation) {}

  void OnMessage(const Message& message, const Arrival& arrival);
  bool started() const { return true; }
  bool over() const { return false; }

 private:
  Conversation& conversation_;
  // Of the first message.
  std::string sender_;
  std::string channel_;
};

}  // namespace parley::gateway
