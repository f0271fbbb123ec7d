#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <prometheus/registry.h>

namespace parley::process {

struct AdminLimits {
  std::size_t connections_max = 16;          // Further ones wait in the kernel's queue.
  std::size_t request_bytes_max = 8 * 1024;  // Answered with 431.
  std::chrono::milliseconds request_time{
      5'000};  // To send a request, idle time included; then to take the answer.
};

// The port for operators, never for the public: `/metrics` (Prometheus text), `/healthz` (200 while
// the process can answer), `/readyz` (200, or 503 with one line that says why not), `/version`.
// Small and patient: a few connections at a time, requests bounded in size and time.
//
// Runs a thread of its own from construction to destruction. Shows `parley_build_info` and
// `process_*` beside what is in the registry.
class AdminServer {
 public:
  // Empty: ready. Otherwise what is missing, in one line. Called on the server's thread; does not
  // throw.
  using Readiness = std::function<std::string()>;

  // Opens the port: `host:port`, `:port` for all interfaces, port 0 for a free one. Throws
  // std::runtime_error that names address, reason and remedy.
  AdminServer(const std::string& address, std::shared_ptr<prometheus::Registry> registry,
              Readiness readiness, const AdminLimits& limits = {});
  ~AdminServer();

  const std::string& address() const;  // With the port that it has.

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::process
