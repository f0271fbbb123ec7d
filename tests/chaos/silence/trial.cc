#include "tests/chaos/silence/trial.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>

#include "services/common/position.h"
#include "tests/chaos/compact_log.h"

namespace parley::chaos {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kNothingTime{8000};
// A dead router's place in the group is free after 6 s, so one that stops for longer comes back to
// find its partitions given away.
constexpr milliseconds kStopTime{10'000};
constexpr milliseconds kDownTime{3000};
constexpr milliseconds kTerminateMax{20'000};
constexpr milliseconds kReadyMax{60'000};
constexpr milliseconds kFlowMax{40'000};

void StartAgain(ServiceProcess& process) {
  process.Start();
  if (!process.WaitReady(kReadyMax)) throw std::runtime_error(process.name() + " is not ready");
}

void Restart(ServiceProcess& process) {
  if (process.Terminate(kTerminateMax) != 0)
    throw std::runtime_error(process.name() + " did not end as asked: see " + process.log());
  StartAgain(process);
}

void KillForAWhile(ServiceProcess& process) {
  process.Kill();
  std::this_thread::sleep_for(kDownTime);
  StartAgain(process);
}

// Brokers that have lost their controller may need more time to see a node than the command gives
// them.
void StartAgain(const Brokers& brokers, int node) {
  try {
    brokers.Start({node});
  } catch (const std::runtime_error&) {
    brokers.Start({node});
  }
}

// A node that leads a partition of some channel, and is the controller or is not.
std::optional<int> FindLeader(Stage& stage, bool controller) {
  const std::optional<int> active = stage.brokers().Controller();
  const int partitions = stage.brokers().Partitions("chatting");
  if (!active || partitions == 0) return std::nullopt;
  for (const std::string& channel : stage.channels()) {
    const std::optional<int> leader =
        stage.brokers().Leader("chatting", PartitionOf(ChannelName(channel), partitions));
    if (leader && (leader == active) == controller) return leader;
  }
  return std::nullopt;
}

bool KillLeader(Stage& stage, bool controller) {
  const std::optional<int> node = FindLeader(stage, controller);
  if (!node) return false;
  stage.brokers().Kill({*node});
  static_cast<void>(stage.FlowsSince(NowUs(), kFlowMax));
  StartAgain(stage.brokers(), *node);
  if (!stage.brokers().WaitInSync("chatting", kReadyMax))
    throw std::runtime_error("the brokers do not come into sync");
  return true;
}

// The gateway, but for the senders' own, that most travellers are on, and who they are.
std::pair<std::size_t, std::set<std::string>> PickGateway(Stage& stage) {
  std::map<std::string, std::set<std::string>> guests;
  for (const auto& traveller : stage.travellers())
    guests[traveller->Gateway()].insert(traveller->name());
  std::size_t best = 1;
  for (std::size_t i = 2; i < stage.deployment().count(ServiceKind::kGateway); ++i) {
    const auto count = [&](std::size_t gateway) {
      return guests[stage.deployment().gateway(gateway).name()].size();
    };
    if (count(i) > count(best)) best = i;
  }
  return {best, guests[stage.deployment().gateway(best).name()]};
}

void HurtRouters(Hurt hurt, std::size_t number, Deployment& deployment) {
  const std::size_t routers = deployment.count(ServiceKind::kRouter);
  ServiceProcess& router = deployment.router(number % routers);
  switch (hurt) {
    case Hurt::kRouterKill:
      return KillForAWhile(router);
    case Hurt::kRouterStop:
      router.Stop();
      std::this_thread::sleep_for(kStopTime);
      return router.Continue();
    case Hurt::kRouterTerminate:
      return Restart(router);
    default:
      for (std::size_t i = 0; i < routers; ++i) Restart(deployment.router(i));
  }
}

}  // namespace

const std::vector<HurtSpec>& AllHurts() {
  static const std::vector<HurtSpec> all = {
      {Hurt::kNothing, "none", "no fault", 0, 0},
      {Hurt::kRouterKill, "router-kill", "router kill -9", 1.2, 0},
      {Hurt::kRouterStop, "router-stop", "router SIGSTOP", 0, 2.5},
      {Hurt::kRouterTerminate, "router-term", "router SIGTERM and restart", 0, 0.5},
      {Hurt::kRoutersRolling, "routers-rolling", "all routers restarted in turn", 0, 1.0},
      {Hurt::kPresenceKill, "presence-kill", "presence kill -9", 0, 0},
      {Hurt::kLeaderKill, "leader-kill", "broker kill -9, a leader", 0, 12},
      {Hurt::kLeaderAndControllerKill, "controller-kill", "broker kill -9, a leader and controller",
       0, 12},
      {Hurt::kGatewayKill, "gateway-kill", "gateway kill -9, its clients", 0, 3},
  };
  return all;
}

std::optional<Arrivals::Silence> Try(Hurt hurt, std::size_t number, Stage& stage) {
  Deployment& deployment = stage.deployment();
  std::set<std::string> guests;
  std::function<bool(const std::string&)> counts = [](const std::string&) { return true; };
  stage.arrivals().Trim();
  const std::int64_t begin_us = NowUs();
  switch (hurt) {
    case Hurt::kNothing:
      std::this_thread::sleep_for(kNothingTime);
      break;
    case Hurt::kPresenceKill:
      KillForAWhile(deployment.presence(number % deployment.count(ServiceKind::kPresence)));
      break;
    case Hurt::kLeaderKill:
    case Hurt::kLeaderAndControllerKill:
      if (!KillLeader(stage, hurt == Hurt::kLeaderAndControllerKill)) return std::nullopt;
      break;
    case Hurt::kGatewayKill: {
      const auto [gateway, who] = PickGateway(stage);
      guests = who;
      if (guests.empty()) return std::nullopt;
      counts = [&](const std::string& receiver) { return guests.contains(receiver); };
      KillForAWhile(deployment.gateway(gateway));
      break;
    }
    default:
      HurtRouters(hurt, number, deployment);
  }
  stage.Settle();
  return stage.arrivals().Longest(begin_us, NowUs(), counts);
}

}  // namespace parley::chaos
