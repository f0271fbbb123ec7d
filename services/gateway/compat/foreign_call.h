#pragma once

#include <string>
#include <utility>

#include "services/common/rpc/bytes.h"
#include "services/gateway/compat/conversation.h"
#include "services/gateway/grpc/session_call.h"
#include "services/gateway/grpc/status.h"

namespace parley::gateway {

// A stream of a foreign service on gRPC. `Talk` says what its messages mean:
//   Message, Encoding                 what comes in, and how messages go out;
//   OnMessage(message, arrival)       what came in is to be done;
//   started()                         a client that waits for the headers may go on;
//   over()                            the client wished to end, and nothing is missing.
template <class Talk>
class ForeignCall final : public SessionCall {
 public:
  template <class... TalkArguments>
  ForeignCall(rpc::ServerCall& server_call, SessionLoop& session_loop,
              const typename Talk::Encoding& encoding, const StreamConfig& config,
              Admission& admission, TalkArguments&&... arguments)
      : SessionCall(server_call, session_loop, encoding, session_loop.metrics().compat, config,
                    admission),
        conversation_(session()),
        talk_(conversation_, std::forward<TalkArguments>(arguments)...) {
    if (talk_.started()) call().SendHeaders();
  }

 private:
  void Receive(const rpc::Bytes& bytes) override {
    typename Talk::Message message;
    if (!rpc::Decode(bytes, message)) {
      session().Close({edge::v1::ERROR_MALFORMED, "the bytes are not a message of this method"});
      return;
    }
    talk_.OnMessage(message, loop().Now());
    if (talk_.over()) FinishWell();
  }
  bool WantsMore() const override { return conversation_.ready(); }

  void OnEvent(const edge::v1::Event& event) override { conversation_.OnEvent(event); }
  void Wake() override {
    conversation_.Continue(loop().clock().Now());
    if (talk_.started()) call().SendHeaders();
    if (talk_.over()) FinishWell();
    SessionCall::Wake();
  }

  void FinishCall(const Refusal& reason) override {
    if (conversation_.lost()) {
      FinishWith(call(), reason, grpc::StatusCode::DATA_LOSS);
    } else {
      SessionCall::FinishCall(reason);
    }
  }

  Conversation conversation_;
  Talk talk_;
};

}  // namespace parley::gateway
