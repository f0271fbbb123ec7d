#pragma once

#include <memory>
#include <string>

#include "services/common/clock.h"
#include "services/common/log.h"
#include "services/common/process/run.h"
#include "services/router/config.h"

namespace parley::router {

struct Endpoints {
  std::string id;
  std::string grpc;  // None.
  std::string link;  // None: routers dial.
  std::string admin;
};

// A router: carries each channel's messages from Kafka to the gateways that have members. Wiring
// only; README.md has the parts and their threads.
class Router final : public process::Service {
 public:
  // Throws std::runtime_error when an address or the configuration is bad. Neither Kafka nor
  // presence need be there.
  Router(const RouterConfig& config, const Clock& clock, const Logger& logger);
  ~Router() override;

  const Endpoints& endpoints() const;
  // Empty when it can do its part; otherwise what it waits for. Any thread.
  std::string NotReady() const;
  // Gives its partitions away and ends. Any thread but the router's own; idempotent.
  void Stop() override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::router
