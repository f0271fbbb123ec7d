#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/types.h"
#include "parley/v1/chat.pb.h"

namespace grpc {
class ClientContext;
class Status;
}  // namespace grpc

namespace parley::client {

// Errors of the server's table say in their number what to do about them.
[[nodiscard]] Advice AdviceOf(v1::ErrorCode code);
[[nodiscard]] Error ErrorOf(v1::ErrorCode code, std::string message);

// What a failed publish says of the message. Only a refusal proves that it was not stored.
[[nodiscard]] Outcome OutcomeOf(v1::ErrorCode code);

// How a call failed: by the server's verdict, if it gave one in the trailer `parley-error`,
// otherwise by gRPC's status.
struct CallFailure {
  Error error;
  // If the call was a publish whose request may have left this process: a lost connection or a
  // deadline proves nothing.
  Outcome outcome = Outcome::kUnknown;
  bool is_verdict = false;  // The server's own.
};
[[nodiscard]] CallFailure FailureOf(const grpc::Status& status, const grpc::ClientContext& context);

[[nodiscard]] Error Unreachable(const std::vector<std::string>& servers);
[[nodiscard]] Error TimedOut(std::string_view what);

}  // namespace parley::client
