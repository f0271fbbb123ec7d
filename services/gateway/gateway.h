#pragma once

#include <memory>
#include <string>

#include "services/common/clock.h"
#include "services/common/log.h"
#include "services/common/process/run.h"
#include "services/gateway/config.h"

namespace parley::gateway {

struct Endpoints {
  std::string id;
  std::string grpc;
  std::string link;
  std::string admin;
};

// A gateway: clients on one side, routers, Kafka and presence on the other. Wiring only; README.md
// has the parts and their threads.
class Gateway final : public process::Service {
 public:
  // Throws std::runtime_error when an address or the configuration is bad. Neither Kafka nor
  // presence need be there.
  Gateway(const GatewayConfig& config, const Clock& clock, const Logger& logger);
  ~Gateway() override;

  const Endpoints& endpoints() const;
  // Empty when clients may come; otherwise what it waits for. Any thread.
  std::string NotReady() const;
  // Drains, as OPERATIONS.md has it. Any thread but the gateway's own; idempotent.
  void Stop() override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::gateway
