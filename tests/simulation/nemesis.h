#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/client.h"
#include "tests/simulation/world.h"

namespace parley::simulation {

// Breaks things, as the seed says, and mends them.
class Nemesis final {
 public:
  using Clients = std::vector<std::unique_ptr<Client>>;

  Nemesis(World& world, Clients& clients) : world_(world), clients_(clients) {}

  // One fault now; it ends by itself within `longest`.
  void Strike(Duration longest);
  // Everything that lives works again, and everything that is dead starts.
  void HealAll();
  // The same, but for one router and one gateway that stay broken for good: the rest must do
  // without.
  void HealMajority();

  // Each fault with its time.
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  void Say(const std::string& what);
  std::size_t AnyGateway() { return world_.dice.Below(world_.gateways.size()); }
  std::size_t AnyRouter() { return world_.dice.Below(world_.routers.size()); }
  Duration Span(Duration longest);
  void StartLater(Duration span);

  void KillGateway(Duration span);
  void StopGateway(Duration span);
  void DrainGateway();
  void KillRouter(Duration span);
  void StopRouter(Duration span);
  void LeaveRouter(Duration span);
  void KillPresence(Duration span);
  void TakePartitionDown(Duration span);
  void TakeKafkaDown(Duration span);
  void LoseAcks(Duration span);
  void HurtLink(Duration span);
  void HurtClient(Duration span);

  World& world_;
  Clients& clients_;
  std::vector<std::string> faults_;
};

}  // namespace parley::simulation
