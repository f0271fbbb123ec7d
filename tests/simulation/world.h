#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "services/common/log.h"
#include "services/common/position.h"
#include "tests/simulation/broker.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/group.h"
#include "tests/simulation/network.h"
#include "tests/simulation/scheduler.h"

namespace parley::simulation {

class GatewayProcess;
class PresenceProcess;
class RouterProcess;

struct WorldSize {
  std::size_t gateways = 3;
  std::size_t routers = 2;
  std::size_t presences = 2;
};

// All of a simulated Parley: the brokers, the network, and the processes that live at the moment.
// A place whose process is dead is null.
class World final {
 public:
  World(std::uint64_t seed, WorldSize size, const LogInfo& log);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void StartGateway(std::size_t index);
  void StartRouter(std::size_t index);
  void StartPresence(std::size_t index);
  // At once, as by kill -9. No effect on who is dead.
  void KillGateway(std::size_t index);
  void KillRouter(std::size_t index);
  void KillPresence(std::size_t index);

  Scheduler scheduler;
  Dice dice;
  Broker broker;
  Group group;
  Network network;
  const Logger logger;
  std::vector<std::unique_ptr<PresenceProcess>> presences;
  std::vector<std::unique_ptr<RouterProcess>> routers;
  std::vector<std::unique_ptr<GatewayProcess>> gateways;
};

}  // namespace parley::simulation
