#include "tests/simulation/presence_process.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/common/connection_event.h"
#include "tests/simulation/gateway_process.h"
#include "tests/simulation/router_process.h"
#include "tests/simulation/world.h"

namespace parley::simulation {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{100};
constexpr milliseconds kTail{6'000};   // Of the log, in which a replica that starts looks.
constexpr milliseconds kPartTime{20};  // Of a snapshot, from the gateway to here.
constexpr std::size_t kBatchMax = 1000;

presence::DirectoryConfig ConfigOfOneThatBeginsAtTheTail() {
  presence::DirectoryConfig config;
  config.reads_all = false;
  return config;
}

std::size_t PlaceToBegin(const std::vector<std::string>& log, std::int64_t since_ms) {
  std::size_t next = log.size();
  for (; next > 0; --next) {
    const auto event = ParseConnectionEvent(log[next - 1]);
    if (event && event->time_ms < since_ms) break;
  }
  return next;
}

}  // namespace

PresenceProcess::PresenceProcess(World& world)
    : world_(world),
      process_(world.scheduler),
      directory_(ConfigOfOneThatBeginsAtTheTail()),
      next_(PlaceToBegin(world.broker.events(), world.scheduler.NowMs() - kTail.count())) {
  process_.Every(kTick, [this] { Tick(); });
  Await();
}

PresenceProcess::~PresenceProcess() {
  for (auto& [id, watcher] : watchers_) {
    watcher.pipe->Close();
    RouterProcess* router = world_.routers[watcher.router].get();
    if (router == nullptr) continue;
    world_.scheduler.After(milliseconds(5), [runner = watcher.runner, router] {
      runner([router] { router->OnWatchDown(); });
    });
  }
}

void PresenceProcess::Await() {
  world_.broker.AwaitEvent(next_, process_.Own([this] { Read(); }));
}

void PresenceProcess::Read() {
  const std::vector<std::string>& log = world_.broker.events();
  std::vector<ConnectionEvent> events;
  while (world_.broker.EventsUp() && next_ < log.size() && events.size() < kBatchMax) {
    if (auto event = ParseConnectionEvent(log[next_++])) events.push_back(std::move(*event));
  }
  directory_.Apply(events, world_.scheduler.Now());
  if (events.empty()) {
    process_.After(kTick, [this] { Await(); });
  } else {
    Await();
  }
  Tell();
}

void PresenceProcess::Tick() {
  const TimePoint now = world_.scheduler.Now();
  if (world_.broker.EventsUp() && next_ == world_.broker.events().size()) {
    directory_.FollowsLog(now);
  }
  const presence::DirectoryStep step = directory_.Tick(now);
  for (const presence::SnapshotTarget& target : step.snapshots) Ask(target);
  std::vector<presence::ProbeResult> results;
  for (const presence::ProbeTarget& target : step.probes) {
    const auto& gateway = world_.gateways[GatewayProcess::IndexOf(target.server.value())];
    results.push_back({target.server, target.epoch, gateway == nullptr});
  }
  if (!results.empty()) {
    process_.After(milliseconds(20), [this, results] { directory_.Probed(results); });
  }
  Tell();
}

void PresenceProcess::Ask(const presence::SnapshotTarget& target) {
  TakePart({.server = target.server, .epoch = target.epoch, .question = target.question},
           SessionId(), std::nullopt);
}

void PresenceProcess::TakePart(presence::SnapshotAnswer answer, const SessionId& after,
                               std::optional<std::uint64_t> revision) {
  const auto& gateway = world_.gateways[GatewayProcess::IndexOf(answer.server.value())];
  const bool answers = gateway && !gateway->process().stopped();
  auto part = answers ? gateway->Snapshot(after) : std::nullopt;
  if (part) {
    part->revision = revision.value_or(part->revision);
    for (std::string& page : gateway::PagesOf(*part)) answer.pages.push_back(std::move(page));
    if (part->told.next_after) {
      return process_.After(kPartTime, [this, answer, part = *std::move(part)] {
        TakePart(answer, *part.told.next_after, part.revision);
      });
    }
    answer.outcome = presence::SnapshotAnswer::Outcome::kGiven;
  }
  process_.After(kPartTime, [this, answer] {
    static_cast<void>(directory_.Answered(answer, world_.scheduler.Now()));
  });
}

void PresenceProcess::Watch(std::size_t router) {
  const auto id = directory_.server_watchers().Add();
  if (!id) return;
  watchers_[*id] = {router, world_.routers[router]->process().runner(),
                    std::make_unique<Pipe>(world_.scheduler, world_.dice)};
}

// A replica that does not follow the log yet has nothing to say.
void PresenceProcess::Tell() {
  if (!directory_.ready()) return;
  for (auto& [id, watcher] : watchers_) {
    const auto update = directory_.server_watchers().Take(id, directory_.registry());
    if (!update) continue;
    watcher.pipe->Send(
        [runner = watcher.runner, router = world_.routers[watcher.router].get(), update = *update] {
          runner([router, update] { router->OnServers(update); });
        });
  }
}

}  // namespace parley::simulation
