#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <prometheus/registry.h>

#include "services/common/rpc/server.h"
#include "services/common/rpc/server_metrics.h"

namespace parley::rpc {

struct Method {
  Server::Factory factory;  // Empty for methods that nobody handles.
  std::unique_ptr<MethodMetrics> metrics;
};

// What the calls of one server share: the methods, which are fixed before the port opens, and the
// count of call objects that gRPC may still refer to.
class Dispatcher final {
 public:
  explicit Dispatcher(std::shared_ptr<prometheus::Registry> registry);

  void Add(const std::string& path, Server::Factory factory, MethodKind kind);

  // Any thread, once the methods are fixed.
  const Method& Find(const std::string& path) const;

  // "package.Service" of each method, sorted, each once.
  [[nodiscard]] std::vector<std::string> Services() const;

  // Any thread.
  void CallMade();
  void CallDeleted();
  void WaitUntilNoCall();

 private:
  const std::shared_ptr<prometheus::Registry> registry_;
  std::map<std::string, Method> methods_;
  Method unknown_;

  std::mutex mutex_;
  std::condition_variable no_call_;
  int calls_ = 0;  // Guarded by mutex_.
};

}  // namespace parley::rpc
