#pragma once

#include <string>

#include "parley/edge/compat/broadcast.pb.h"
#include "services/gateway/compat/conversation.h"
#include "services/gateway/compat/foreign_encoding.h"

namespace parley::gateway {

class BroadcastEncoding final : public ForeignEncoding {
 public:
  explicit BroadcastEncoding(prometheus::Counter& encodings)
      : ForeignEncoding(kBroadcast, encodings) {}

 private:
  std::string Write(const DeliveredMessage& delivered) const override;
};

// `chat.Broadcast/CreateStream`: one `Connect` joins the channel, and messages follow. The headers
// come when it is joined, so that what is broadcast from then on is seen; a direct message that
// comes before takes them along.
class BroadcastTalk final {
 public:
  using Message = edge::chat::Connect;
  using Encoding = BroadcastEncoding;

  BroadcastTalk(Conversation& conversation, std::string channel)
      : conversation_(conversation), channel_(std::move(channel)) {}

  void OnMessage(const Message& connect, const Arrival& arrival);
  bool started() const { return conversation_.is_in(channel_); }
  bool over() const { return false; }

 private:
  Conversation& conversation_;
  const std::string channel_;
};

}  // namespace parley::gateway
