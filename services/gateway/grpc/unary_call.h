#pragma once

#include <functional>
#include <utility>
#include <variant>

#include "services/common/rpc/bytes.h"
#include "services/common/rpc/server_call.h"
#include "services/gateway/grpc/status.h"
#include "services/gateway/session/lifeline.h"

namespace parley::gateway {

// The reply to a unary call, or why there is none.
template <class Reply>
using UnaryOutcome = std::variant<Reply, Refusal>;
template <class Reply>
using UnaryDone = std::function<void(const UnaryOutcome<Reply>&)>;

// One unary call whose answer comes later, on the call's loop. When the client is gone by then, the
// answer is dropped. Owned by its call.
template <class Request, class Reply>
class UnaryCall final : public rpc::CallHandler {
 public:
  using Answer = std::function<void(const Request&, UnaryDone<Reply>)>;

  UnaryCall(rpc::ServerCall& call, Answer answer) : call_(call), answer_(std::move(answer)) {
    call_.Read();
  }

  void OnMessage(rpc::Bytes message) override {
    Request request;
    if (!rpc::Decode(message, request)) {
      FinishWith(call_, {edge::v1::ERROR_MALFORMED, "the bytes are not a request of this method"});
      return;
    }
    answer_(request,
            lifeline_.Guard([this](const UnaryOutcome<Reply>& outcome) { Finish(outcome); }));
  }

  // Without a request.
  void OnHalfClose() override {
    FinishWith(call_, {edge::v1::ERROR_MALFORMED, "there is no request"});
  }

 private:
  void Finish(const UnaryOutcome<Reply>& outcome) {
    if (const Refusal* refusal = std::get_if<Refusal>(&outcome)) {
      FinishWith(call_, *refusal);
    } else {
      call_.WriteAndFinish(rpc::Encode(std::get<Reply>(outcome)));
    }
  }

  rpc::ServerCall& call_;
  const Answer answer_;
  const Lifeline lifeline_;
};

}  // namespace parley::gateway
