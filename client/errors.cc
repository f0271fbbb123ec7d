#include "client/errors.h"

#include <algorithm>
#include <array>
#include <utility>

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

namespace parley::client {
namespace {

struct StatusInfo {
  grpc::StatusCode code;
  const char* name;
  Advice advice;
  // The call was turned away before it could do anything.
  bool refused;
};

constexpr std::array kStatuses = {
    StatusInfo{grpc::CANCELLED, "CANCELLED", Advice::kRepeatLater, false},
    StatusInfo{grpc::UNKNOWN, "UNKNOWN", Advice::kRepeatLater, false},
    StatusInfo{grpc::INVALID_ARGUMENT, "INVALID_ARGUMENT", Advice::kGiveUp, true},
    StatusInfo{grpc::DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", Advice::kRepeatLater, false},
    StatusInfo{grpc::NOT_FOUND, "NOT_FOUND", Advice::kGiveUp, true},
    StatusInfo{grpc::PERMISSION_DENIED, "PERMISSION_DENIED", Advice::kGiveUp, true},
    StatusInfo{grpc::RESOURCE_EXHAUSTED, "RESOURCE_EXHAUSTED", Advice::kRepeatLater, true},
    StatusInfo{grpc::FAILED_PRECONDITION, "FAILED_PRECONDITION", Advice::kGiveUp, true},
    StatusInfo{grpc::ABORTED, "ABORTED", Advice::kRepeatLater, false},
    StatusInfo{grpc::UNIMPLEMENTED, "UNIMPLEMENTED", Advice::kGiveUp, true},
    StatusInfo{grpc::INTERNAL, "INTERNAL", Advice::kRepeatLater, false},
    StatusInfo{grpc::UNAVAILABLE, "UNAVAILABLE", Advice::kRepeatLater, false},
    StatusInfo{grpc::UNAUTHENTICATED, "UNAUTHENTICATED", Advice::kGiveUp, true},
};
constexpr StatusInfo kOther = {grpc::UNKNOWN, "UNKNOWN", Advice::kRepeatLater, false};

const StatusInfo& InfoOf(grpc::StatusCode code) {
  const auto* info = std::ranges::find(kStatuses, code, &StatusInfo::code);
  return info == kStatuses.end() ? kOther : *info;
}

}  // namespace

Advice AdviceOf(v1::ErrorCode code) {
  if (code >= 300) return Advice::kGiveUp;
  return code >= 100 && code < 200 ? Advice::kResumeNow : Advice::kRepeatLater;
}

Error ErrorOf(v1::ErrorCode code, std::string message) {
  // A newer server may know codes that this library does not; its range still says what to do.
  std::string name = v1::ErrorCode_Name(code);
  if (name.empty()) name = "ERROR_" + std::to_string(static_cast<int>(code));
  return {.code = std::move(name), .message = std::move(message), .advice = AdviceOf(code)};
}

Outcome OutcomeOf(v1::ErrorCode code) {
  const bool says_nothing = code == v1::ERROR_OUTCOME_UNKNOWN || code == v1::ERROR_UNSPECIFIED;
  return says_nothing ? Outcome::kUnknown : Outcome::kNotStored;
}

CallFailure FailureOf(const grpc::Status& status, const grpc::ClientContext& context) {
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto trailer = trailers.find("parley-error");
  if (trailer != trailers.end()) {
    const std::string name(trailer->second.data(), trailer->second.size());
    v1::ErrorCode code = v1::ERROR_UNSPECIFIED;
    if (v1::ErrorCode_Parse(name, &code)) {
      return {.error = ErrorOf(code, status.error_message()),
              .outcome = OutcomeOf(code),
              .is_verdict = true};
    }
  }
  const StatusInfo& info = InfoOf(status.error_code());
  return {.error = {.code = info.name, .message = status.error_message(), .advice = info.advice},
          .outcome = info.refused ? Outcome::kNotStored : Outcome::kUnknown};
}

Error Unreachable(const std::vector<std::string>& servers) {
  std::string names;
  for (const std::string& server : servers) names += (names.empty() ? "" : ", ") + server;
  return {.code = kUnreachable,
          .message = names.empty() ? "no server is named" : "cannot connect to " + names,
          .advice = Advice::kRepeatLater};
}

Error TimedOut(std::string_view what) {
  return {.code = "DEADLINE_EXCEEDED",
          .message = std::string(what) + " was not answered in time",
          .advice = Advice::kRepeatLater};
}

}  // namespace parley::client
