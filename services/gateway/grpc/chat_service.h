#pragma once

#include "services/common/rpc/server.h"
#include "services/gateway/grpc/admission.h"
#include "services/gateway/grpc/session_call.h"
#include "services/gateway/hub/roster_port.h"
#include "services/gateway/session_loop.h"

namespace parley::gateway {

// `parley.v1.Chat` on gRPC: puts its methods on the public server. Each call is answered on the
// loop on which it came in. Outlives the server's calls, as does everything that it refers to.
class ChatService final {
 public:
  // Before the server starts. `loops` is filled, one for each loop of the server, before
  // `admission` opens.
  ChatService(rpc::Server& server, const SessionLoops& loops, RosterPort& roster,
              const StreamConfig& config, Admission& admission);
  ChatService(const ChatService&) = delete;
  ChatService& operator=(const ChatService&) = delete;

 private:
  const StreamConfig config_;
};

}  // namespace parley::gateway
