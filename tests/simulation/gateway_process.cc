#include "tests/simulation/gateway_process.h"

#include <utility>
#include <vector>

#include "tests/simulation/router_process.h"
#include "tests/simulation/world.h"

namespace parley::simulation {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFeedTick{50};
constexpr milliseconds kPulse{250};
constexpr milliseconds kAnnouncerTick{100};
// The drain's timetable, shortened.
constexpr milliseconds kAnnounce{1000};
constexpr milliseconds kLinger{3000};
constexpr milliseconds kWindow{6000};
constexpr milliseconds kFlush{2000};

gateway::AnnouncerConfig AnnouncerOf(const ServerId& id, std::int64_t epoch) {
  gateway::AnnouncerConfig config;
  config.server = id;
  config.epoch = epoch;
  config.link_address = id.value();
  config.grpc_address = id.value();
  config.names_max = 6;  // So that a snapshot has several parts.
  return config;
}

}  // namespace

GatewayProcess::GatewayProcess(World& world, std::size_t index)
    : world_(world),
      index_(index),
      id_("gateway-" + std::to_string(index)),
      epoch_(world.scheduler.NowMs()),
      process_(world.scheduler),
      feed_(feed_config_, *this),
      producer_(world.scheduler, world.dice, world.broker, process_),
      announcer_(AnnouncerOf(id_, epoch_), producer_, world.scheduler, world.logger, registry_) {
  for (auto& loop : loops_) {
    loop = std::make_unique<SessionLoop>(LoopContext{world.scheduler, world.dice, process_, feed_,
                                                     producer_, announcer_, metrics_, id_});
  }
  process_.Every(kFeedTick, [this] { feed_.Tick(world_.scheduler.Now()); });
  process_.Every(kPulse, [this] { Pulse(); });
  announcer_.Tick();
  process_.Every(kAnnouncerTick, [this] { announcer_.Tick(); });
  process_.After(world_.dice.Between(milliseconds(5), milliseconds(300)),
                 [this] { feed_.SetLogInfo(world_.broker.log()); });
}

GatewayProcess::~GatewayProcess() {
  for (const auto& [id, link] : links_) link->Break();
}

std::size_t GatewayProcess::IndexOf(const std::string& id) {
  return std::stoul(id.substr(id.find('-') + 1));
}

void GatewayProcess::Accept(const std::shared_ptr<Stream>& stream) {
  loops_[next_loop_++ % loops_.size()]->Accept(stream);
}

void GatewayProcess::Accept(const std::shared_ptr<Link>& link) {
  if (!feed_.log_info()) {
    link->Break();
    return;
  }
  link->gateway_id = gateway::LinkId{++last_link_};
  link->gateway_down = process_.Own([this, id = link->gateway_id] {
    links_.erase(id);
    feed_.OnLinkDown(id, world_.scheduler.Now());
  });
  links_[link->gateway_id] = link;
  internal::v1::GatewayFrame frame;
  internal::v1::GatewayHello& hello = *frame.mutable_hello();
  hello.set_server_id(id_.value());
  hello.set_epoch(epoch_);
  hello.set_version(kLinkVersion);
  hello.set_log_epoch(feed_.log_info()->epoch);
  hello.set_partitions(feed_.log_info()->partitions);
  SendOver(link, frame);
}

void GatewayProcess::OnFrame(Link& link, const internal::v1::RouterFrame& frame) {
  --link.unread;
  world_.scheduler.After({}, link.router_consumed);
  if (!link.open) return;
  if (link.greeted) {
    feed_.OnFrame(link.gateway_id, frame, world_.scheduler.Now());
    return;
  }
  const auto verdict = feed_.OnLinkUp(link.gateway_id, frame.hello(), world_.scheduler.Now());
  link.greeted = verdict == gateway::LinkVerdict::kAccepted;
  if (!link.greeted) link.Break();
}

void GatewayProcess::Send(gateway::LinkId id, const internal::v1::GatewayFrame& frame) {
  if (const auto found = links_.find(id); found != links_.end()) SendOver(found->second, frame);
}

void GatewayProcess::SendOver(const std::shared_ptr<Link>& link,
                              const internal::v1::GatewayFrame& frame) {
  RouterProcess* router = world_.routers[link->router].get();
  if (router == nullptr) return;
  link->to_router.Send(
      router->process().Own([router, link, frame] { router->OnFrame(*link, frame); }));
}

void GatewayProcess::Close(gateway::LinkId id, gateway::LinkEnd) {
  if (const auto found = links_.find(id); found != links_.end()) found->second->Break();
}

void GatewayProcess::Pulse() {
  internal::v1::GatewayFrame frame;
  frame.mutable_pulse();
  for (const auto& [id, link] : links_) SendOver(link, frame);
}

void GatewayProcess::Drain() {
  announcer_.Drain();
  process_.After(kAnnounce, [this] {
    accepting_ = false;
    for (const auto& loop : loops_) loop->Drain(kLinger);
  });
  process_.After(kWindow, [this] {
    for (const auto& loop : loops_) loop->CloseAll();
    announcer_.SayGone();
  });
  process_.After(kWindow + kFlush, [this] { drained_ = true; });
}

}  // namespace parley::simulation
