#pragma once

#include <memory>
#include <string>
#include <vector>

#include "services/common/clock.h"
#include "services/common/kafka/client_config.h"
#include "services/common/kafka/embedded_broker.h"
#include "services/common/log.h"
#include "services/common/process/run.h"
#include "services/gateway/gateway.h"
#include "services/presence/presence.h"
#include "services/router/router.h"

namespace parley::standalone {

// How many of each, on which broker. `gateway`, `router` and `presence` are the settings of every
// instance; their addresses are those of the first one, further ones listen on free ports of the
// same hosts.
struct StandaloneConfig {
  int gateways = 1;
  int routers = 1;
  int presences = 1;
  kafka::ClientConfig kafka;  // Without brokers: the embedded one.
  kafka::EmbeddedBrokerConfig embedded_broker;
  std::string print_endpoints;  // A file that is written when everything is ready.
  gateway::GatewayConfig gateway;
  router::RouterConfig router;
  presence::PresenceConfig presence;

  StandaloneConfig();
  void Describe(process::Options& options);
};

// Where everything listens.
struct Endpoints {
  std::string broker;
  std::vector<gateway::Endpoints> gateways;
  std::vector<router::Endpoints> routers;
  std::vector<presence::Endpoints> presences;
};

// What `--print-endpoints` writes.
[[nodiscard]] std::string ToJson(const Endpoints& endpoints);

// All of Parley in one process: the same service classes that the separate programs run, and an
// embedded broker unless there are brokers. The constructor starts everything and throws what a
// service throws; `NotReady` says what is still missing. Stopped in reverse order of construction:
// gateways drain first, presence and the broker go last.
class Standalone final : public process::Service {
 public:
  Standalone(const StandaloneConfig& config, const Clock& clock, const Logger& logger);
  ~Standalone() override;

  Endpoints endpoints() const;
  // Empty when every service is ready; otherwise what one of them lacks.
  std::string NotReady() const;
  void Stop() override;

  // All routers go, and others come: to see what that leaves behind.
  void StopRouters() { routers_.clear(); }
  void StartRouters();

  // Null when there are brokers.
  kafka::EmbeddedBroker* embedded_broker() { return embedded_broker_.get(); }

 private:
  void StartPresences();
  void StartGateways();

  StandaloneConfig config_;
  const Clock& clock_;
  Logger logger_;
  std::unique_ptr<kafka::EmbeddedBroker> embedded_broker_;
  std::vector<std::string> presence_addresses_;
  std::vector<std::unique_ptr<presence::Presence>> presences_;
  std::vector<std::unique_ptr<router::Router>> routers_;
  std::vector<std::unique_ptr<gateway::Gateway>> gateways_;
};

}  // namespace parley::standalone
