#pragma once

#include <string>

#include "parley/edge/compat/stream.pb.h"
#include "services/gateway/compat/conversation.h"
#include "services/gateway/compat/foreign_encoding.h"

namespace parley::gateway {

class ChatEncoding final : public ForeignEncoding {
 public:
  explicit ChatEncoding(prometheus::Counter& encodings) : ForeignEncoding(kChat, encodings) {}

 private:
  std::string Write(const DeliveredMessage& delivered) const override;
};

// `chat.Chat/Stream`: login, messages to the channel, logout. A stream is not shown what it says
// itself, but another stream of the same user is.
class ChatTalk final {
 public:
  using Message = edge::chat::ChatStream;
  using Encoding = ChatEncoding;

  ChatTalk(Conversation& conversation, std::string channel);

  void OnMessage(const Message& event, const Arrival& arrival);
  bool started() const { return true; }
  bool over() const { return logged_out_ && conversation_.settled(); }

 private:
  void LogIn(const std::string& user, const Arrival& arrival);

  Conversation& conversation_;
  const std::string channel_;
  std::string user_;  // Empty before the login.
  bool logged_out_ = false;
};

}  // namespace parley::gateway
