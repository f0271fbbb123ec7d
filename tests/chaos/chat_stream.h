#pragma once

#include <string>

#include <grpcpp/support/status.h>

#include "parley/v1/chat.pb.h"
#include "services/common/rpc/loop.h"

namespace parley::chaos {

// One `Chat.Connect` stream on the generated code alone, over a connection of its own. On the loop
// only.
class ChatStream final {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void OnFrame(const v1::ServerFrame& frame) = 0;
    // The stream is over; nothing follows. The handle may be destroyed within.
    virtual void OnEnd(const grpc::Status& status) = 0;
  };

  ChatStream(rpc::Loop& loop, const std::string& address, Listener& listener);
  // Cuts the connection; the listener hears nothing more.
  ~ChatStream();
  ChatStream(const ChatStream&) = delete;
  ChatStream& operator=(const ChatStream&) = delete;

  void Write(v1::ClientFrame frame);
  // Takes nothing off the socket from now on.
  void PauseReading();
  void ResumeReading();

 private:
  class Call;
  Call* call_;  // Owns itself until gRPC has given everything back.
};

}  // namespace parley::chaos
