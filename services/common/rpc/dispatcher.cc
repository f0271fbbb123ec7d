#include "services/common/rpc/dispatcher.h"

#include <set>
#include <utility>

#include <grpc/support/log.h>

namespace parley::rpc {
namespace {

struct PathParts {
  std::string service;
  std::string method;
};

PathParts Split(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  GPR_ASSERT(path.starts_with('/') && slash > 1 && slash + 1 < path.size());
  return {path.substr(1, slash - 1), path.substr(slash + 1)};
}

}  // namespace

// Clients choose the paths of methods that nobody handles, so those never become labels.
Dispatcher::Dispatcher(std::shared_ptr<prometheus::Registry> registry)
    : registry_(std::move(registry)),
      unknown_{nullptr, std::make_unique<MethodMetrics>(registry_, "unknown", "unknown", false)} {}

void Dispatcher::Add(const std::string& path, Server::Factory factory, MethodKind kind) {
  const auto [service, method] = Split(path);
  Method entry{std::move(factory), std::make_unique<MethodMetrics>(registry_, service, method,
                                                                   kind == MethodKind::kUnary)};
  const bool added = methods_.emplace(path, std::move(entry)).second;
  GPR_ASSERT(added);
}

const Method& Dispatcher::Find(const std::string& path) const {
  const auto found = methods_.find(path);
  return found == methods_.end() ? unknown_ : found->second;
}

std::vector<std::string> Dispatcher::Services() const {
  std::set<std::string> services;
  for (const auto& [path, method] : methods_) services.insert(Split(path).service);
  return {services.begin(), services.end()};
}

void Dispatcher::CallMade() {
  const std::lock_guard lock(mutex_);
  ++calls_;
}

void Dispatcher::CallDeleted() {
  const std::lock_guard lock(mutex_);
  if (--calls_ == 0) no_call_.notify_all();
}

void Dispatcher::WaitUntilNoCall() {
  std::unique_lock lock(mutex_);
  no_call_.wait(lock, [this] { return calls_ == 0; });
}

}  // namespace parley::rpc
