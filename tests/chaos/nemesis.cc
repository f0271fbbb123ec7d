#include "tests/chaos/nemesis.h"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "tests/chaos/compact_log.h"

namespace parley::chaos {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kTopic[] = "chatting";
constexpr char kBrokers[] = "brokers";
constexpr char kEverything[] = "everything";
constexpr int kNodes = 3;
constexpr seconds kReadyWithin{60};
constexpr seconds kEndWithin{40};
constexpr seconds kInSyncWithin{60};
constexpr milliseconds kStandStillMost{60'000};
constexpr milliseconds kBurst{5000};
constexpr milliseconds kTick{50};

bool IsBrokerFault(FaultKind kind) {
  return kind == FaultKind::kLeaderKill || kind == FaultKind::kBrokerStop ||
         kind == FaultKind::kTwoBrokersKill;
}

double Seconds(std::int64_t us) { return static_cast<double>(us) / 1e6; }

}  // namespace

Nemesis::Nemesis(const Victims& victims, NemesisPlan plan, std::uint64_t seed)
    : victims_(victims), plan_(std::move(plan)), dice_(seed) {}

Nemesis::~Nemesis() {
  for (std::thread& episode : episodes_) {
    if (episode.joinable()) episode.join();
  }
}

void Nemesis::Run() {
  start_us_ = NowUs();
  const std::int64_t end_us = start_us_ + plan_.duration / std::chrono::microseconds(1);
  bool heavy = dice_.Chance(0.5);
  while (NowUs() < end_us && !plan_.kinds.empty()) {
    FillDeck();
    if (heavy) {
      Burst();
      Sleep(SpanBetween(milliseconds(0), kBurst));
    }
    // The first in the deck that can be done now.
    bool struck = false;
    for (std::size_t i = 0; i < deck_.size() && !struck; ++i) {
      const FaultKind kind = deck_[i];
      struck = Strike(kind, heavy);
      if (struck) deck_.erase(deck_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (struck) heavy = !heavy;
    Sleep(struck ? SpanBetween(plan_.interval / 2, plan_.interval * 3 / 2) : milliseconds(500));
  }
  for (std::thread& episode : episodes_) episode.join();
  EndBurst();
}

// The kinds once each, shuffled, those of brokers far apart: each of them takes its time, and only
// one can go on at a time.
void Nemesis::FillDeck() {
  if (!deck_.empty()) return;
  std::vector<FaultKind> others;
  std::vector<FaultKind> of_brokers;
  for (const FaultKind kind : plan_.kinds) {
    (IsBrokerFault(kind) ? of_brokers : others).push_back(kind);
  }
  const auto shuffle = [this](std::vector<FaultKind>& kinds) {
    for (std::size_t i = kinds.size(); i > 1; --i) std::swap(kinds[i - 1], kinds[dice_.Below(i)]);
  };
  shuffle(others);
  shuffle(of_brokers);
  deck_.assign(others.begin(), others.end());
  for (std::size_t i = 0; i < of_brokers.size(); ++i) {
    const std::size_t at = i * plan_.kinds.size() / of_brokers.size();
    deck_.insert(deck_.begin() + static_cast<std::ptrdiff_t>(std::min(at, deck_.size())),
                 of_brokers[i]);
  }
}

bool Nemesis::Strike(FaultKind kind, bool heavy) {
  if (IsBusy(kEverything)) return false;
  switch (kind) {
    case FaultKind::kGatewayKill:
    case FaultKind::kGatewayStop:
    case FaultKind::kGatewayRestart:
      return StrikeService(kind, ServiceKind::kGateway, heavy);
    case FaultKind::kRouterKill:
    case FaultKind::kRouterStop:
    case FaultKind::kRouterRestart:
      return StrikeService(kind, ServiceKind::kRouter, heavy);
    case FaultKind::kPresenceKill:
    case FaultKind::kPresenceRestart:
      return StrikeService(kind, ServiceKind::kPresence, heavy);
    case FaultKind::kLeaderKill:
    case FaultKind::kBrokerStop:
    case FaultKind::kTwoBrokersKill:
      return StrikeBroker(kind, heavy);
    case FaultKind::kLinkCut:
    case FaultKind::kLinkBlock:
    case FaultKind::kLinkDeaf:
      return StrikeLink(kind, heavy);
    case FaultKind::kAllStop:
      return StrikeAll(kind, heavy);
  }
  return false;
}

// One that nothing is done to now, while at least one other of its kind is left alone.
std::optional<std::size_t> Nemesis::Choose(const std::string& stem, std::size_t count) {
  std::vector<std::size_t> free;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < count; ++i) {
    if (!busy_.contains(stem + std::to_string(i))) free.push_back(i);
  }
  if (free.size() < 2) return std::nullopt;
  return free[dice_.Below(free.size())];
}

bool Nemesis::StrikeService(FaultKind kind, ServiceKind service, bool heavy) {
  const auto index = Choose(NameOf(service) + "-", victims_.deployment.count(service));
  if (!index) return false;
  const bool stops = kind == FaultKind::kGatewayStop || kind == FaultKind::kRouterStop;
  // Short ones are as telling as long ones.
  const bool is_short = dice_.Chance(0.5);
  const Span most = stops ? (is_short ? Span(5000) : plan_.span_longest) : Span(6000);
  const Span span = SpanBetween(stops ? Span(1000) : Span(100), std::min(most, plan_.span_longest));
  ServiceProcess& process = victims_.deployment.process(service, *index);
  Fault fault{.kind = kind, .target = process.name(), .heavy = heavy};
  if (service == ServiceKind::kGateway) fault.gateway = static_cast<int>(*index);
  Begin(fault, process.name(), span,
        [this, kind, &process, span] { HurtService(kind, process, span); });
  return true;
}

void Nemesis::HurtService(FaultKind kind, ServiceProcess& process, Span span) {
  switch (kind) {
    case FaultKind::kGatewayStop:
    case FaultKind::kRouterStop:
      process.Stop();
      Sleep(span);
      process.Continue();
      if (!process.WaitReady(kReadyWithin))
        Complain(process.name() + " is not ready after SIGCONT");
      return;
    case FaultKind::kGatewayRestart:
    case FaultKind::kRouterRestart:
    case FaultKind::kPresenceRestart: {
      const std::optional<int> code = process.Terminate(kEndWithin);
      if (code != 0) {
        Complain(process.name() + " after SIGTERM " +
                 (code ? "ended with " + std::to_string(*code) : "did not end"));
      }
      return RestartService(process, Span(0));
    }
    default:
      process.Kill();
      return RestartService(process, span);
  }
}

void Nemesis::RestartService(ServiceProcess& process, Span pause) {
  Sleep(pause);
  process.Start();
  if (!process.WaitReady(kReadyWithin)) Complain(process.name() + " is not ready after its start");
}

bool Nemesis::StrikeBroker(FaultKind kind, bool heavy) {
  if (IsBusy(kBrokers)) return false;
  const int partitions = victims_.brokers.Partitions(kTopic);
  const std::size_t choice = dice_.Below(static_cast<std::size_t>(std::max(partitions, 1)));
  const auto leader = victims_.brokers.Leader(kTopic, static_cast<int>(choice));
  if (!leader || *leader < 1 || *leader > kNodes) return false;
  std::vector<int> nodes = {*leader};
  if (kind == FaultKind::kTwoBrokersKill) {
    nodes.push_back((*leader + static_cast<int>(dice_.Below(2))) % kNodes + 1);
  }
  Fault fault{.kind = kind, .heavy = heavy};
  const auto controller = victims_.brokers.Controller();
  for (const int node : nodes) {
    fault.target += (fault.target.empty() ? "node " : " and ") + std::to_string(node);
    if (node == controller) fault.target += " (controller)";
  }
  const Span most = kind == FaultKind::kBrokerStop ? plan_.span_longest : Span(8000);
  const Span span = SpanBetween(Span(2000), std::min(most, plan_.span_longest));
  Begin(fault, kBrokers, span, [this, kind, nodes, span] { HurtBrokers(kind, nodes, span); });
  return true;
}

void Nemesis::HurtBrokers(FaultKind kind, const std::vector<int>& nodes, Span span) {
  try {
    if (kind == FaultKind::kBrokerStop) {
      victims_.brokers.Stop(nodes);
      Sleep(span);
      victims_.brokers.Continue(nodes);
    } else {
      victims_.brokers.Kill(nodes);
      Sleep(span);
      victims_.brokers.Start(nodes);
    }
    // Another would leave too few replicas.
    if (!victims_.brokers.WaitInSync(kTopic, kInSyncWithin)) Complain("replicas stay out of sync");
  } catch (const std::runtime_error& error) {
    Complain(error.what());
  }
}

bool Nemesis::StrikeLink(FaultKind kind, bool heavy) {
  const auto gateway = Choose("link-", victims_.deployment.count(ServiceKind::kGateway));
  if (!gateway) return false;
  const bool all = dice_.Chance(0.5);
  const std::size_t choice = dice_.Below(1000);
  const Span span = SpanBetween(Span(300), std::min<Span>(Span(8000), plan_.span_longest));
  const std::string name = "link-" + std::to_string(*gateway);
  Fault fault{
      .kind = kind,
      .target = (all ? "all links of gateway-" : "one link of gateway-") + std::to_string(*gateway),
      .heavy = heavy};
  Begin(fault, name, span, [this, kind, proxy = *gateway, all, choice, span] {
    LinkProxies& links = victims_.links;
    if (kind == FaultKind::kLinkCut) {
      all ? links.Cut(proxy) : links.CutOne(proxy, choice);
    } else {
      const auto ways =
          kind == FaultKind::kLinkDeaf ? LinkProxies::Ways::kFromGateway : LinkProxies::Ways::kBoth;
      all ? links.Block(proxy, ways) : links.BlockOne(proxy, choice, ways);
    }
    Sleep(span);
    links.Heal(proxy);
  });
  return true;
}

bool Nemesis::StrikeAll(FaultKind kind, bool heavy) {
  {
    const std::lock_guard lock(mutex_);
    if (!busy_.empty()) return false;
  }
  // Who is stopped last still sends, or appends, what nobody answers any more.
  const bool brokers_first = dice_.Chance(0.5);
  const Span span = SpanBetween(Span(2000), kStandStillMost);
  const Fault fault{
      .kind = kind, .target = brokers_first ? "brokers first" : "services first", .heavy = heavy};
  Begin(fault, kEverything, span, [this, brokers_first, span] { HurtAll(brokers_first, span); });
  return true;
}

void Nemesis::HurtAll(bool brokers_first, Span span) {
  const std::vector<int> nodes = {1, 2, 3};
  const auto pull = [&](void (Brokers::*of_brokers)(const std::vector<int>&) const,
                        void (ServiceProcess::*of_services)()) {
    if (brokers_first) (victims_.brokers.*of_brokers)(nodes);
    victims_.deployment.ForEach(
        [&](ServiceKind, ServiceProcess& process) { (process.*of_services)(); });
    if (!brokers_first) (victims_.brokers.*of_brokers)(nodes);
  };
  try {
    pull(&Brokers::Stop, &ServiceProcess::Stop);
    Sleep(span);
    pull(&Brokers::Continue, &ServiceProcess::Continue);
    if (!victims_.brokers.WaitInSync(kTopic, kInSyncWithin)) Complain("replicas stay out of sync");
  } catch (const std::runtime_error& error) {
    Complain(error.what());
  }
  victims_.deployment.ForEach([this](ServiceKind, ServiceProcess& process) {
    if (!process.WaitReady(kReadyWithin)) Complain(process.name() + " is not ready after SIGCONT");
  });
}

bool Nemesis::IsBusy(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return busy_.contains(name);
}

void Nemesis::Begin(Fault fault, const std::string& busy, Span span, Episode episode) {
  fault.begin_us = NowUs();
  std::printf("%8.1f s  %s: %s, for %.1f s%s\n", Seconds(fault.begin_us - start_us_),
              NameOf(fault.kind).c_str(), fault.target.c_str(),
              static_cast<double>(span.count()) / 1e3, fault.heavy ? ", heavy load" : "");
  std::fflush(stdout);
  std::size_t index = 0;
  {
    const std::lock_guard lock(mutex_);
    busy_.insert(busy);
    index = faults_.size();
    faults_.push_back(std::move(fault));
  }
  episodes_.emplace_back([this, index, busy, episode = std::move(episode)] {
    episode();
    const std::lock_guard lock(mutex_);
    faults_[index].end_us = NowUs();
    busy_.erase(busy);
  });
}

Nemesis::Span Nemesis::SpanBetween(Span least, Span most) {
  return std::chrono::duration_cast<Span>(dice_.Between(least, std::max(least, most)));
}

void Nemesis::Burst() {
  victims_.load.factor = plan_.burst_factor;
  burst_ends_us_ = NowUs() + kBurst / std::chrono::microseconds(1);
}

void Nemesis::EndBurst() { victims_.load.factor = 1; }

// On the scheduling thread it ends bursts as well; episodes just wait.
void Nemesis::Sleep(Span span) {
  const std::int64_t until_us = NowUs() + span / std::chrono::microseconds(1);
  while (NowUs() < until_us) {
    std::this_thread::sleep_for(std::min<milliseconds>(
        kTick, std::chrono::ceil<milliseconds>(std::chrono::microseconds(until_us - NowUs()))));
    if (NowUs() >= burst_ends_us_) EndBurst();
  }
}

void Nemesis::Complain(const std::string& what) {
  std::printf("complaint: %s\n", what.c_str());
  const std::lock_guard lock(mutex_);
  complaints_.push_back(what);
}

}  // namespace parley::chaos
