#pragma once

#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "client/client.h"
#include "tests/chaos/silence/arrivals.h"

namespace parley::chaos {

// A user of the client library, who goes to another gateway when its own is gone. Joins in the
// constructor, which throws std::runtime_error when that fails; notes what arrives on a thread of
// its own until it is destroyed.
class Traveller final {
 public:
  Traveller(const std::vector<std::string>& gateways, const std::string& name,
            const std::string& channel, Arrivals& arrivals);

  const std::string& name() const { return name_; }
  // The name of the gateway that it is on, or was on last.
  std::string Gateway() const { return session_->info().server.value(); }

 private:
  void Run(const std::stop_token& stop);

  const std::string name_;
  Arrivals& arrivals_;
  const std::size_t track_;
  std::unique_ptr<client::Session> session_;
  std::jthread thread_;  // The last member: runs `Run`.
};

}  // namespace parley::chaos
