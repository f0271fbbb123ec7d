#pragma once

#include "services/gateway/grpc/session_call.h"

namespace parley::gateway {

// `parley.v1.Chat/Connect`: its messages are frames of the session. All events that are ready go
// out as one message.
//
// Bytes that are no ClientFrame end the stream with ERROR_MALFORMED: first the event, then the
// status.
class ConnectCall final : public SessionCall {
 public:
  ConnectCall(rpc::ServerCall& call, SessionLoop& loop, const StreamConfig& config,
              Admission& admission)
      : SessionCall(call, loop, loop.native_encoding(), loop.metrics().grpc, config, admission) {}

 private:
  void Receive(const rpc::Bytes& message) override;
};

// A stream that was turned away: it gets the reason as an event and as the status.
class RefusedConnect final : public rpc::CallHandler {
 public:
  RefusedConnect(rpc::ServerCall& call, const Refusal& refusal, const NativeEncoding& encoding);
  void OnMessage(rpc::Bytes) override {}
};

}  // namespace parley::gateway
