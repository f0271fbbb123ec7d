#pragma once

#include <grpcpp/support/status.h>

#include "services/common/rpc/server_call.h"
#include "services/gateway/publish/refusal.h"

namespace parley::gateway {

// The gRPC status of an error, as the table in chat.proto has it.
[[nodiscard]] grpc::StatusCode StatusCodeOf(edge::v1::ErrorCode code);

// Ends the call with the status of the refusal, and its name in the trailer `parley-error`.
void FinishWith(rpc::ServerCall& call, const Refusal& refusal);
// The same where a service has another status for it.
void FinishWith(rpc::ServerCall& call, const Refusal& refusal, grpc::StatusCode status);

}  // namespace parley::gateway
