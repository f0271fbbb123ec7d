#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "parley/internal/v1/registry.pb.h"
#include "services/common/rpc/client_call.h"
#include "services/common/rpc/loop.h"
#include "tests/chaos/service_process.h"

namespace parley::presence_test {

// Asks a presence replica, as gateways and routers do.
class Replica final {
 public:
  explicit Replica(std::string address);
  ~Replica();

  struct Roster {
    std::size_t total = 0;
    std::map<std::string, unsigned> members;  // At most 10,000, with their sessions.
  };
  // Nothing while it does not answer.
  std::optional<Roster> Members(const std::string& channel);
  // Sessions of each gateway.
  std::optional<std::map<std::string, unsigned>> Servers();

 private:
  class Watch;

  const std::string address_;
  rpc::Loop loop_{"replica"};
  std::shared_ptr<grpc::Channel> channel_;
};

// The value of an option of a running process.
std::string OptionOf(const chaos::ServiceProcess& process, const std::string& option);

// Looks until it holds; returns how many seconds that took, or nothing when it did not within the
// time.
std::optional<double> SecondsUntil(const std::function<bool()>& holds, std::chrono::seconds within);

}  // namespace parley::presence_test
