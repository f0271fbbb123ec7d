#pragma once

#include <string>

#include "services/common/rpc/server.h"
#include "services/gateway/compat/broadcast_talk.h"
#include "services/gateway/compat/chat_service_talk.h"
#include "services/gateway/compat/chat_talk.h"
#include "services/gateway/grpc/admission.h"
#include "services/gateway/grpc/session_call.h"
#include "services/gateway/hub/roster_port.h"
#include "services/gateway/session_loop.h"

namespace parley::gateway {

// The three services of the systems that Parley replaces, so that their clients work unchanged:
// `chat.ChatService`, `chat.Broadcast` and `chat.Chat`. docs/compat.md says what they promise. Puts
// their methods on the public server. Outlives the server's calls, as does everything that it
// refers to.
class CompatServices final {
 public:
  // Before the server starts. `loops` is filled, one for each loop of the server, before
  // `admission` opens. `channel` is the one of the services that know no channels.
  CompatServices(rpc::Server& server, const SessionLoops& loops, RosterPort& roster,
                 const std::string& channel, const StreamConfig& config, Admission& admission,
                 prometheus::Counter& encodings);
  CompatServices(const CompatServices&) = delete;
  CompatServices& operator=(const CompatServices&) = delete;

 private:
  const StreamConfig config_;
  const ChatServiceEncoding chat_service_;
  const BroadcastEncoding broadcast_;
  const ChatEncoding chat_;
};

}  // namespace parley::gateway
