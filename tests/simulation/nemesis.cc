#include "tests/simulation/nemesis.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "tests/simulation/gateway_process.h"
#include "tests/simulation/presence_process.h"
#include "tests/simulation/router_process.h"

namespace parley::simulation {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShortest{50};
constexpr milliseconds kDeafShortest{6000};

}  // namespace

void Nemesis::Say(const std::string& what) {
  const auto at = world_.scheduler.Now().time_since_epoch() - std::chrono::hours(1);
  faults_.push_back(std::to_string(std::chrono::duration_cast<milliseconds>(at).count()) + " ms " +
                    what);
}

Duration Nemesis::Span(Duration longest) {
  // Short ones are as telling as long ones.
  const Duration most =
      world_.dice.Chance(0.5) ? std::max<Duration>(longest / 10, kShortest) : longest;
  return world_.dice.Between(kShortest, most);
}

void Nemesis::Strike(Duration longest) {
  const Duration span = Span(longest);
  const std::pair<int, void (Nemesis::*)(Duration)> faults[] = {
      {4, &Nemesis::KillGateway},       {2, &Nemesis::StopGateway},   {5, &Nemesis::KillRouter},
      {5, &Nemesis::StopRouter},        {4, &Nemesis::LeaveRouter},   {2, &Nemesis::KillPresence},
      {4, &Nemesis::TakePartitionDown}, {1, &Nemesis::TakeKafkaDown}, {3, &Nemesis::LoseAcks},
      {16, &Nemesis::HurtLink},         {5, &Nemesis::HurtClient}};
  int weights = 2;
  for (const auto& [weight, fault] : faults) weights += weight;
  int drawn = static_cast<int>(world_.dice.Below(static_cast<std::size_t>(weights)));
  for (const auto& [weight, fault] : faults) {
    drawn -= weight;
    if (drawn < 0) return (this->*fault)(span);
  }
  DrainGateway();
}

void Nemesis::StartLater(Duration span) {
  world_.scheduler.After(span, [this] {
    for (std::size_t i = 0; i < world_.gateways.size(); ++i) world_.StartGateway(i);
    for (std::size_t i = 0; i < world_.routers.size(); ++i) world_.StartRouter(i);
    for (std::size_t i = 0; i < world_.presences.size(); ++i) world_.StartPresence(i);
  });
}

void Nemesis::KillGateway(Duration span) {
  const std::size_t index = AnyGateway();
  Say("kill gateway " + std::to_string(index));
  world_.KillGateway(index);
  StartLater(span);
}

void Nemesis::StopGateway(Duration span) {
  const std::size_t index = AnyGateway();
  GatewayProcess* gateway = world_.gateways[index].get();
  if (gateway == nullptr) return;
  Say("stop gateway " + std::to_string(index));
  gateway->process().Stop();
  world_.scheduler.After(span, [this, index, gateway] {
    if (world_.gateways[index].get() == gateway) gateway->process().Continue();
  });
}

void Nemesis::DrainGateway() {
  const std::size_t index = AnyGateway();
  GatewayProcess* gateway = world_.gateways[index].get();
  if (gateway == nullptr || !gateway->accepting()) return;
  Say("drain gateway " + std::to_string(index));
  gateway->Drain();
  constexpr milliseconds kDrained{8500};
  world_.scheduler.After(kDrained, [this, index, gateway] {
    if (world_.gateways[index].get() != gateway) return;
    world_.KillGateway(index);
    world_.StartGateway(index);
  });
}

void Nemesis::KillRouter(Duration span) {
  const std::size_t index = AnyRouter();
  Say("kill router " + std::to_string(index));
  world_.KillRouter(index);
  StartLater(span);
}

void Nemesis::StopRouter(Duration span) {
  const std::size_t index = AnyRouter();
  RouterProcess* router = world_.routers[index].get();
  if (router == nullptr) return;
  Say("stop router " + std::to_string(index));
  router->process().Stop();
  world_.scheduler.After(span, [this, index, router] {
    if (world_.routers[index].get() == router) router->process().Continue();
  });
}

void Nemesis::LeaveRouter(Duration span) {
  const std::size_t index = AnyRouter();
  RouterProcess* router = world_.routers[index].get();
  if (router == nullptr) return;
  Say("terminate router " + std::to_string(index));
  router->Leave();
  constexpr milliseconds kLeaving{300};
  world_.scheduler.After(kLeaving, [this, index, router, span] {
    if (world_.routers[index].get() == router) world_.KillRouter(index);
    StartLater(span);
  });
}

void Nemesis::KillPresence(Duration span) {
  const std::size_t index = world_.dice.Below(world_.presences.size());
  Say("kill presence " + std::to_string(index));
  world_.KillPresence(index);
  StartLater(span);
}

void Nemesis::TakePartitionDown(Duration span) {
  const auto partition = static_cast<Partition>(
      world_.dice.Below(static_cast<std::size_t>(world_.broker.log().partitions)));
  Say("no leader for partition " + std::to_string(partition));
  world_.broker.TakeDown(partition, span);
}

void Nemesis::TakeKafkaDown(Duration span) {
  Say("no Kafka");
  world_.broker.TakeAllDown(span);
}

void Nemesis::LoseAcks(Duration span) {
  Say("lose acks");
  world_.broker.LoseAcks(0.3);
  world_.scheduler.After(span, [this] { world_.broker.LoseAcks(0); });
}

void Nemesis::HurtLink(Duration span) {
  const std::size_t router = AnyRouter();
  const std::size_t gateway = AnyGateway();
  const std::string way = std::to_string(router) + "-" + std::to_string(gateway);
  switch (world_.dice.Below(6)) {
    case 0:
      Say("cut link " + way);
      world_.network.Cut(router, gateway);
      break;
    case 1:
      Say("block link " + way);
      world_.network.Block(router, gateway);
      break;
    case 2:
    case 3:
    case 4:
      // A short one is hardly noticed: only what a gateway asks for gets lost.
      span = std::max<Duration>(span, kDeafShortest);
      Say("deaf link " + way);
      world_.network.Deafen(router, gateway);
      break;
    default:
      Say("slow link " + way);
      world_.network.Slow(router, gateway, milliseconds(400));
      break;
  }
  world_.scheduler.After(span, [this, router, gateway] { world_.network.Heal(router, gateway); });
}

void Nemesis::HurtClient(Duration span) {
  Client& client = *clients_[world_.dice.Below(clients_.size())];
  if (world_.dice.Chance(0.5)) {
    Say("disconnect " + client.log().user);
    client.Disconnect();
  } else {
    Say("slow reader " + client.log().user);
    client.StopReading(span);
  }
}

void Nemesis::HealAll() {
  for (auto& gateway : world_.gateways) {
    if (gateway) gateway->process().Continue();
  }
  for (auto& router : world_.routers) {
    if (router) router->process().Continue();
  }
  world_.network.HealAll();
  world_.broker.LoseAcks(0);
  StartLater(Duration::zero());
}

void Nemesis::HealMajority() {
  HealAll();
  world_.scheduler.After(milliseconds(1), [this] {
    const std::size_t router = AnyRouter();
    const std::size_t gateway = AnyGateway();
    // One that was told to end may just have done so.
    const bool stops = world_.dice.Chance(0.5);
    if (stops && world_.routers[router]) {
      Say("router " + std::to_string(router) + " stays stopped");
      world_.routers[router]->process().Stop();
    } else {
      Say("router " + std::to_string(router) + " stays dead");
      world_.KillRouter(router);
    }
    Say("gateway " + std::to_string(gateway) + " stays dead");
    world_.KillGateway(gateway);
  });
}

}  // namespace parley::simulation
