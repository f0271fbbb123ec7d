#include "tests/simulation/router_process.h"

#include <utility>
#include <vector>

#include "tests/fakes/router/fake_routers.h"
#include "tests/simulation/gateway_process.h"
#include "tests/simulation/presence_process.h"
#include "tests/simulation/world.h"

namespace parley::simulation {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{50};
constexpr milliseconds kHeartbeat{1500};
constexpr milliseconds kDialDeadline{2000};
constexpr std::int64_t kProducerTimeoutMs = 10'000;

router::CoreConfig CoreOf(const LogInfo& log) {
  router::CoreConfig config;
  config.dedupe.window_ms = log.dedupe_window_ms;
  return config;
}

}  // namespace

RouterProcess::RouterProcess(World& world, std::size_t index)
    : world_(world),
      index_(index),
      name_("router-" + std::to_string(index)),
      process_(world.scheduler),
      log_(world.scheduler, world.dice, world.broker, world.group, process_, name_,
           2 * kProducerTimeoutMs),
      core_(CoreOf(world.broker.log()), world.broker.log(), RouterId(name_), log_, *this),
      watch_attempts_(world.dice.Below(world.presences.size())) {
  log_.Connect(core_);
  process_.Every(kTick, [this] { core_.Tick(world_.scheduler.Now()); });
  process_.Every(kHeartbeat, [this] { Heartbeat(); });
  process_.After(world_.dice.Between(milliseconds(20), milliseconds(300)), [this] {
    JoinGroup();
    WatchRegistry();
  });
}

RouterProcess::~RouterProcess() {
  for (auto& [gateway, dialed] : dialed_) {
    if (dialed.link) dialed.link->Break();
  }
}

void RouterProcess::Leave() {
  leaving_ = true;
  core_.Leave(world_.scheduler.Now());
  world_.group.Leave(name_);
}

void RouterProcess::JoinGroup() {
  world_.group.Join(name_, process_.runner(), [this](const std::vector<router::Ownership>& owned) {
    core_.OnOwned(owned, world_.scheduler.Now());
  });
}

void RouterProcess::Heartbeat() {
  if (leaving_ || world_.group.Heartbeat(name_)) return;
  core_.OnOwned({}, world_.scheduler.Now());
  JoinGroup();
}

void RouterProcess::WatchRegistry() {
  const std::size_t replica = watch_attempts_++ % world_.presences.size();
  PresenceProcess* presence = world_.presences[replica].get();
  if (presence == nullptr) {
    OnWatchDown();
  } else {
    presence->Watch(index_);
  }
}

void RouterProcess::OnWatchDown() {
  process_.After(watch_delay_.Next(), [this] { WatchRegistry(); });
}

void RouterProcess::OnServers(const internal::v1::ServersUpdate& update) {
  watch_delay_.Reset();
  if (update.snapshot()) {
    for (auto& [gateway, dialed] : dialed_) dialed.listed = false;
  }
  for (const std::string& id : update.down()) dialed_[GatewayProcess::IndexOf(id)].listed = false;
  for (const internal::v1::Server& server : update.up()) {
    const std::size_t gateway = GatewayProcess::IndexOf(server.id());
    Dialed& dialed = dialed_[gateway];
    const bool known = std::exchange(dialed.listed, true) && dialed.epoch == server.epoch();
    dialed.epoch = server.epoch();
    if (known) continue;
    dialed.delay.Reset();
    if (!dialed.link) Dial(gateway);
  }
}

void RouterProcess::Dial(std::size_t gateway) {
  Dialed& dialed = dialed_[gateway];
  if (dialed.link || !dialed.listed) return;
  dialed.link = world_.network.Connect(index_, gateway);
  if (!dialed.link || world_.gateways[gateway] == nullptr) {
    dialed.link = nullptr;
    DialLater(gateway);
    return;
  }
  const std::shared_ptr<Link> link = dialed.link;
  link->router_down = process_.Own([this, link] { OnLinkDown(link); });
  link->router_consumed = process_.Own([this, weak = std::weak_ptr(link)] {
    if (const auto consumed = weak.lock()) EndWrite(*consumed);
  });
  Process& peer = world_.gateways[gateway]->process();
  // This router may be gone when the gateway comes to it.
  Task up = process_.Own([this, link] { OnLinkUp(link); });
  link->to_gateway.Send(peer.Own([accepting = world_.gateways[gateway].get(), link, up] {
    link->to_router.Send(up);
    accepting->Accept(link);
  }));
  process_.After(kDialDeadline, [link] {
    if (link->router_id == 0) link->Break();
  });
}

void RouterProcess::DialLater(std::size_t gateway) {
  process_.After(dialed_[gateway].delay.Next(), [this, gateway] { Dial(gateway); });
}

void RouterProcess::OnLinkUp(const std::shared_ptr<Link>& link) {
  link->router_id = ++last_link_;
  dialed_[link->gateway].delay.Reset();
  up_[link->router_id] = link;
  core_.OnLinkUp(link->router_id, world_.scheduler.Now());
}

void RouterProcess::OnLinkDown(const std::shared_ptr<Link>& link) {
  Dialed& dialed = dialed_[link->gateway];
  if (dialed.link == link) {
    dialed.link = nullptr;
    DialLater(link->gateway);
  }
  if (up_.erase(link->router_id) > 0) core_.OnLinkDown(link->router_id, world_.scheduler.Now());
}

void RouterProcess::OnFrame(const Link& link, const internal::v1::GatewayFrame& frame) {
  if (link.router_id != 0) core_.OnLinkFrame(link.router_id, frame, world_.scheduler.Now());
}

void RouterProcess::Send(router::LinkId id, router::Frame frame) {
  const auto found = up_.find(id);
  if (found == up_.end()) return;
  const std::shared_ptr<Link> link = found->second;
  link->write_in_flight = true;
  ++link->unread;
  if (GatewayProcess* gateway = world_.gateways[link->gateway].get()) {
    link->to_gateway.Send(gateway->process().Own(
        [gateway, link, decoded = router::Decode(frame)] { gateway->OnFrame(*link, decoded); }));
  }
  process_.After(std::chrono::microseconds(50), [this, link] { EndWrite(*link); });
}

void RouterProcess::EndWrite(Link& link) {
  if (!link.open || !link.write_in_flight || link.unread >= link.window) return;
  link.write_in_flight = false;
  core_.OnLinkWritten(link.router_id, world_.scheduler.Now());
}

void RouterProcess::Cut(router::LinkId id, const std::string&) {
  if (const auto found = up_.find(id); found != up_.end()) found->second->Break();
}

}  // namespace parley::simulation
