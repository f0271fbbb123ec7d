#pragma once

#include <memory>
#include <vector>

#include "services/common/rpc/server.h"
#include "services/gateway/grpc/admission.h"
#include "services/gateway/grpc/connect_call.h"
#include "services/gateway/hub/roster_port.h"
#include "services/gateway/session_loop.h"

namespace parley::gateway {

using SessionLoops = std::vector<std::unique_ptr<SessionLoop>>;

// `parley.v1.Chat` on gRPC: puts its methods on the public server. Each call is answered on the
// loop on which it came in. Outlives the server's calls, as does everything that it refers to.
class ChatService final {
 public:
  // Before the server starts. `loops` is filled, one for each loop of the server, before
  // `admission` opens.
  ChatService(rpc::Server& server, const SessionLoops& loops, RosterPort& roster,
              const ConnectConfig& config, Admission& admission);
  ChatService(const ChatService&) = delete;
  ChatService& operator=(const ChatService&) = delete;

 private:
  using Handler = std::unique_ptr<rpc::CallHandler>;

  Handler Connect(rpc::ServerCall& call);
  template <class Request, class Reply, class Answer>
  void HandleUnary(rpc::Server& server, const char* method, Answer answer);
  SessionLoop& LoopOf(rpc::ServerCall& call) const;

  const SessionLoops& loops_;
  RosterPort& roster_;
  const ConnectConfig config_;
  Admission& admission_;
};

}  // namespace parley::gateway
