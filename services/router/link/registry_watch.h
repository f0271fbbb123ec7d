#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "parley/internal/v1/registry.pb.h"
#include "services/common/log.h"
#include "services/common/rpc/client_call.h"
#include "services/common/rpc/loop.h"
#include "services/router/link/retry_delay.h"

namespace parley::router {

// Hears from presence which gateways live, first from the replica of number `first`. When a replica
// cannot be reached or goes, the next of the list is asked; until one answers, nothing is told, and
// what was told before stands. On the router's loop; ends with its destruction.
class RegistryWatch final : public rpc::CallListener {
 public:
  using OnUpdate = std::function<void(const internal::v1::ServersUpdate&)>;

  RegistryWatch(rpc::Loop& loop, std::vector<std::string> presence_addresses, std::size_t first,
                const Logger& logger, OnUpdate on_update);
  ~RegistryWatch() override;

 private:
  void Connect();
  void OnStarted() override;
  void OnMessage(rpc::Bytes message) override;
  void OnDone(const grpc::Status& status) override;

  rpc::Loop& loop_;
  const std::vector<std::string> addresses_;
  const Logger logger_;
  const OnUpdate on_update_;
  std::size_t attempts_ = 0;
  RetryDelay delay_;
  rpc::Loop::TimerId timer_ = 0;
  std::unique_ptr<rpc::ClientCall> call_;
};

}  // namespace parley::router
