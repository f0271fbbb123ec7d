#include "services/gateway/grpc/status.h"

namespace parley::gateway {

grpc::StatusCode StatusCodeOf(edge::v1::ErrorCode code) {
  switch (code) {
    case edge::v1::ERROR_DRAINING:
    case edge::v1::ERROR_UNAVAILABLE:
      return grpc::StatusCode::UNAVAILABLE;
    case edge::v1::ERROR_SLOW_READER:
    case edge::v1::ERROR_BUSY:
    case edge::v1::ERROR_FULL:
    case edge::v1::ERROR_TOO_MANY_CHANNELS:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case edge::v1::ERROR_JOIN_TIMEOUT:
    case edge::v1::ERROR_HELLO_TIMEOUT:
      return grpc::StatusCode::DEADLINE_EXCEEDED;
    case edge::v1::ERROR_MALFORMED:
    case edge::v1::ERROR_INVALID_CHANNEL:
    case edge::v1::ERROR_INVALID_USER:
    case edge::v1::ERROR_INVALID_ID:
    case edge::v1::ERROR_INVALID_CONTENT:
    case edge::v1::ERROR_CONTENT_TOO_LARGE:
    case edge::v1::ERROR_INVALID_HEADERS:
    case edge::v1::ERROR_INVALID_POSITION:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case edge::v1::ERROR_HELLO_REQUIRED:
    case edge::v1::ERROR_HELLO_REPEATED:
    case edge::v1::ERROR_WRONG_MEMBERSHIP:
      return grpc::StatusCode::FAILED_PRECONDITION;
    case edge::v1::ERROR_FORBIDDEN:
      return grpc::StatusCode::PERMISSION_DENIED;
    case edge::v1::ERROR_OUTCOME_UNKNOWN:
    default:
      return grpc::StatusCode::UNKNOWN;
  }
}

void FinishWith(rpc::ServerCall& call, const Refusal& refusal) {
  FinishWith(call, refusal, StatusCodeOf(refusal.code));
}

void FinishWith(rpc::ServerCall& call, const Refusal& refusal, grpc::StatusCode status) {
  call.AddTrailer("parley-error", edge::v1::ErrorCode_Name(refusal.code));
  call.Finish({status, refusal.message});
}

}  // namespace parley::gateway
