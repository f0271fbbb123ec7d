#pragma once

#include "services/common/rpc/server_call.h"
#include "services/gateway/grpc/status.h"

namespace parley::gateway {

// A call that was turned away when it came: its status says why.
class RefusedCall final : public rpc::CallHandler {
 public:
  RefusedCall(rpc::ServerCall& call, const Refusal& refusal) { FinishWith(call, refusal); }
  void OnMessage(rpc::Bytes) override {}
};

}  // namespace parley::gateway
