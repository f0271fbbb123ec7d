#pragma once

#include <functional>
#include <memory>
#include <string>

#include <prometheus/registry.h>

namespace parley::process {

// The port for operators, never for the public: `/metrics` (Prometheus text), `/healthz` (200 while the process can
// answer), `/readyz` (200, or 503 with one line that says why not), `/version`. Small and patient: a few connections at
// a time, requests bounded in size and time.
//
// Runs a thread of its own from construction to destruction. Adds `parley_build_info` and `process_*` to the registry.
class AdminServer {
 public:
  // Empty: ready. Otherwise what is missing, in one line. Called on the server's thread.
  using Readiness = std::function<std::string()>;

  // Opens the port; throws std::runtime_error that names address and reason.
  AdminServer(const std::string& address, std::shared_ptr<prometheus::Registry> registry, Readiness readiness);
  ~AdminServer();

  const std::string& address() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::process
