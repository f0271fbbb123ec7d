#pragma once

#include <memory>
#include <string>
#include <utility>

#include "services/common/rpc/server.h"
#include "services/gateway/grpc/admission.h"
#include "services/gateway/grpc/refused_call.h"
#include "services/gateway/grpc/unary_call.h"
#include "services/gateway/session_loop.h"

namespace parley::gateway {

// Puts methods on the public server: turns away calls that may not come in, and gives the others
// the session loop of the server's loop on which they came. Everything it is made of outlives the
// server's calls; `loops` is filled before `admission` opens.
class PublicMethods final {
 public:
  using Handler = std::unique_ptr<rpc::CallHandler>;

  PublicMethods(rpc::Server& server, const SessionLoops& loops, Admission& admission)
      : server_(server), loops_(loops), admission_(admission) {}

  // `make(call, loop)` makes the handler of a stream that counts as a session; `refuse(call, loop,
  // refusal)` that of one for which there is no room.
  template <class Make, class Refuse>
  void HandleStream(const std::string& method, Make make, Refuse refuse) {
    server_.Handle(method, [this_ = *this, make, refuse](rpc::ServerCall& call) -> Handler {
      Admission& admission = this_.admission_;
      if (const auto refusal = admission.Pass()) {
        return std::make_unique<RefusedCall>(call, *refusal);
      }
      SessionLoop& loop = LoopOf(this_.loops_, call.loop());
      if (const auto refusal = admission.Enter()) {
        loop.metrics().sessions.Refused(refusal->code);
        return refuse(call, loop, *refusal);
      }
      return make(call, loop);
    });
  }

  // `answer(loop, request, done)` calls `done` once.
  template <class Request, class Reply, class Answer>
  void HandleUnary(const std::string& method, Answer answer) {
    const auto factory = [this_ = *this, answer](rpc::ServerCall& call) -> Handler {
      if (const auto refusal = this_.admission_.Pass()) {
        return std::make_unique<RefusedCall>(call, *refusal);
      }
      SessionLoop& loop = LoopOf(this_.loops_, call.loop());
      return std::make_unique<UnaryCall<Request, Reply>>(
          call, [&loop, answer](const Request& request, UnaryDone<Reply> done) {
            answer(loop, request, std::move(done));
          });
    };
    server_.Handle(method, factory, rpc::MethodKind::kUnary);
  }

 private:
  rpc::Server& server_;
  const SessionLoops& loops_;
  Admission& admission_;
};

}  // namespace parley::gateway
