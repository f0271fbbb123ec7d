#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include <grpcpp/support/status.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace parley::rpc {

// `grpc_server_handled_total` and `grpc_server_handling_seconds` of one method. Any thread.
class MethodMetrics final {
 public:
  // Without a registry nothing is counted. Only unary methods have a histogram: the length of a
  // stream says nothing about the server.
  MethodMetrics(const std::shared_ptr<prometheus::Registry>& registry, const std::string& service,
                const std::string& method, bool unary);

  void Handled(grpc::StatusCode code, std::chrono::nanoseconds took);

 private:
  static constexpr int kCodes = 17;

  const std::shared_ptr<prometheus::Registry> registry_;  // Keeps the metrics alive.
  const std::string service_;
  const std::string method_;
  prometheus::Family<prometheus::Counter>* handled_family_ = nullptr;
  // Made when the code is first seen, so that a process at rest has few series.
  std::array<std::atomic<prometheus::Counter*>, kCodes> handled_{};
  prometheus::Histogram* seconds_ = nullptr;
};

}  // namespace parley::rpc
