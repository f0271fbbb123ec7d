#include "services/common/rpc/server_metrics.h"

namespace parley::rpc {
namespace {

constexpr std::array kCodeNames = {
    "OK",       "Canceled",        "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",   "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",      "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated",
};

const prometheus::Histogram::BucketBoundaries kSeconds = {.001, .0025, .005, .01, .025, .05, .1,
                                                          .25,  .5,    1,    2.5, 5,    10,  30};

}  // namespace

MethodMetrics::MethodMetrics(const std::shared_ptr<prometheus::Registry>& registry,
                             const std::string& service, const std::string& method, bool unary)
    : registry_(registry), service_(service), method_(method) {
  static_assert(kCodeNames.size() == kCodes);
  if (registry == nullptr) return;
  handled_family_ = &prometheus::BuildCounter()
                         .Name("grpc_server_handled_total")
                         .Help("Calls that are over, by the status they ended with.")
                         .Register(*registry);
  if (!unary) return;
  seconds_ = &prometheus::BuildHistogram()
                  .Name("grpc_server_handling_seconds")
                  .Help("From the arrival of a unary call to its answer.")
                  .Register(*registry)
                  .Add({{"grpc_service", service}, {"grpc_method", method}}, kSeconds);
}

void MethodMetrics::Handled(grpc::StatusCode code, std::chrono::nanoseconds took) {
  if (handled_family_ == nullptr) return;
  const int known = code >= 0 && code < kCodes ? code : grpc::StatusCode::UNKNOWN;
  const auto index = static_cast<std::size_t>(known);
  prometheus::Counter* counter = handled_[index].load(std::memory_order_relaxed);
  if (counter == nullptr) {
    // Two threads may both come here; the family gives them the same counter.
    counter = &handled_family_->Add(
        {{"grpc_service", service_}, {"grpc_method", method_}, {"grpc_code", kCodeNames[index]}});
    handled_[index].store(counter, std::memory_order_relaxed);
  }
  counter->Increment();
  if (seconds_ != nullptr) seconds_->Observe(std::chrono::duration<double>(took).count());
}

}  // namespace parley::rpc
