#include "tests/simulation/world.h"

#include "tests/simulation/gateway_process.h"
#include "tests/simulation/presence_process.h"
#include "tests/simulation/router_process.h"

namespace parley::simulation {

World::World(std::uint64_t seed, WorldSize size, const LogInfo& log)
    : dice(seed),
      broker(scheduler, dice, log),
      group(scheduler, dice, log.partitions),
      network(scheduler, dice),
      logger("simulation", LogLevel::kError, Logger::Format::kText),
      presences(size.presences),
      routers(size.routers),
      gateways(size.gateways) {
  for (std::size_t i = 0; i < size.presences; ++i) StartPresence(i);
  for (std::size_t i = 0; i < size.routers; ++i) StartRouter(i);
  for (std::size_t i = 0; i < size.gateways; ++i) StartGateway(i);
}

World::~World() {
  gateways.clear();
  routers.clear();
  presences.clear();
}

void World::StartGateway(std::size_t index) {
  if (!gateways[index]) gateways[index] = std::make_unique<GatewayProcess>(*this, index);
}

void World::StartRouter(std::size_t index) {
  if (!routers[index]) routers[index] = std::make_unique<RouterProcess>(*this, index);
}

void World::StartPresence(std::size_t index) {
  if (!presences[index]) presences[index] = std::make_unique<PresenceProcess>(*this);
}

void World::KillGateway(std::size_t index) { gateways[index] = nullptr; }

void World::KillRouter(std::size_t index) { routers[index] = nullptr; }

void World::KillPresence(std::size_t index) { presences[index] = nullptr; }

}  // namespace parley::simulation
