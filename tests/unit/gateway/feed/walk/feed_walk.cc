#include "tests/unit/gateway/feed/walk/feed_walk.h"

#include <algorithm>
#include <set>
#include <string>

#include "tests/unit/gateway/feed/walk/violation.h"

namespace parley::gateway::walk {
namespace {

// Small rings, so that their edges are met.
FeedConfig Config() {
  FeedConfig config;
  config.recent_messages_per_channel_max = 8;
  config.recent_bytes_max = 48 * 1024;
  return config;
}

}  // namespace

FeedWalk::FeedWalk(std::uint64_t seed, Plant plant)
    : random_(seed * 0x9e3779b97f4a7c15u + 1),
      plant_(plant),
      log_(static_cast<Partition>(1 + Pick(3)), 3),
      feed_(Config(), *this) {
  feed_.SetLogInfo(log_.info());
  const int routers = 2 + Pick(3);
  for (int i = 0; i < routers; ++i) {
    routers_.push_back(
        std::make_unique<ModelRouter>("router-" + std::to_string(i), log_, random_, plant));
  }
  const int hubs = 1 + Pick(3);
  for (int i = 0; i < hubs; ++i) {
    hubs_.push_back(std::make_unique<CheckedHub>("hub-" + std::to_string(i), log_, feed_, now_));
  }
  for (const auto& router : routers_) Connect(*router);
}

WalkResult FeedWalk::Run(int steps) {
  for (int i = 0; i < steps; ++i) Step();
  Heal();
  WalkResult result;
  for (const auto& hub : hubs_) {
    result.messages += hub->messages();
    result.pages += hub->pages();
    result.losses += hub->losses();
  }
  result.counters = feed_.counters();
  return result;
}

void FeedWalk::Send(LinkId link, const GatewayFrame& frame) {
  GatewayFrame sent = frame;
  if (frame.has_serve()) {
    Asked& asked = asked_[frame.serve().partition()];
    asked.serve = frame.serve().serve();
    asked.link = link;
    asked.blind = plant_ == Plant::kGatewayForgetsFirstCursor && frame.serve().has_cursor() &&
                  !asked.delivered;
    if (asked.blind) sent.mutable_serve()->clear_cursor();
    if (!frame.serve().has_cursor()) asked.delivered = false;
  }
  for (const auto& router : routers_) {
    if (router->link() == link) router->in().push_back(sent);
  }
}

void FeedWalk::Close(LinkId link, LinkEnd why) {
  for (const auto& router : routers_) {
    if (router->link() != link) continue;
    Require(why == LinkEnd::kNewLog, "the newer link of a router was closed");
    for (RouterFrame& frame : router->out()) replaced_.emplace_back(link, std::move(frame));
    router->Down();
  }
}

const ChannelName& FeedWalk::PickChannel() {
  return log_.channels()[static_cast<std::size_t>(Pick(static_cast<int>(log_.channels().size())))];
}

void FeedWalk::Step() {
  Pass(Pick(40));
  if (Pick(300) == 0) RecreateLog();
  for (int frames = Pick(4); frames > 0; --frames) {
    ModelRouter& router = PickRouter();
    if (router.link() && !router.stopped && !router.in().empty()) router.HandleOne();
  }
  for (int frames = Pick(4); frames > 0; --frames) Carry(PickRouter());
  const int action = Pick(100);
  if (action < 35) {
    log_.Append(PickChannel());
  } else if (action < 65) {
    ModelRouter& router = PickRouter();
    if (router.link() && !router.stopped) router.Deliver(PickPartition(), 1 + Pick(5));
  } else if (action < 76) {
    JoinOrLeave();
  } else if (action < 84) {
    ReadSome();
  } else if (action < 89) {
    LinkFault();
  } else if (action < 92) {
    PickRouter().stopped = Pick(2) == 0;
  } else if (action < 95) {
    Claim(PickRouter());
  } else if (action < 98) {
    RouterMistake();
  } else if (action < 99) {
    CarryFromReplaced();
  } else {
    const Partition partition = PickPartition();
    log_.Retain(partition, log_.End(partition) - Pick(8));
  }
}

void FeedWalk::Pass(int milliseconds) {
  now_ += std::chrono::milliseconds(milliseconds);
  for (const auto& router : routers_) {
    if (router->link() && !router->stopped) router->Pulse(now_);
  }
  feed_.Tick(now_);
  for (const auto& hub : hubs_) {
    hub->CheckDeadlines();
    hub->ReadOn();
  }
}

void FeedWalk::RecreateLog() {
  const LogInfo old = log_.info();
  log_.Recreate(static_cast<Partition>(1 + Pick(3)));
  asked_.clear();
  feed_.SetLogInfo(log_.info());
  feed_.SetLogInfo(old);
  for (const auto& router : routers_) {
    Require(!router->link(), "a link of the old log is left");
    router->Restart();
  }
  for (const auto& hub : hubs_) {
    if (Pick(2) == 0) hub->SayStale(PickChannel());
    hub->AskAgain();
  }
}

void FeedWalk::LinkFault() {
  ModelRouter& router = PickRouter();
  if (!router.link()) {
    Connect(router);
    return;
  }
  if (Pick(3) == 0) {
    // It dials again before we have noticed that the first connection is dead; what that held still
    // arrives.
    for (RouterFrame& frame : router.out())
      replaced_.emplace_back(*router.link(), std::move(frame));
    Connect(router);
    return;
  }
  const LinkId link = *router.link();
  router.Down();
  feed_.OnLinkDown(link, now_);
}

void FeedWalk::RouterMistake() {
  ModelRouter& router = PickRouter();
  if (!router.link() || router.stopped) return;
  const Partition partition = PickPartition();
  switch (Pick(8)) {
    case 0:
      router.ForgetServe(partition);
      break;
    case 1:
      router.Leave();
      break;
    case 2:
    case 3:
    case 4:
      router.Skip(partition);
      break;
    default:
      router.Rewind(partition);
  }
}

void FeedWalk::JoinOrLeave() {
  CheckedHub& hub = PickHub();
  const ChannelName& channel = PickChannel();
  if (!hub.wants(channel)) {
    hub.Attach(channel);
  } else if (Pick(3) == 0) {
    hub.Detach(channel);
  }
}

void FeedWalk::ReadSome() {
  const ChannelName& channel = PickChannel();
  const Offset end = log_.End(log_.PartitionFor(channel));
  if (end == 0) return;
  const auto limit = static_cast<std::uint32_t>(1 + Pick(6));
  if (Pick(4) == 0) {
    PickHub().ReadBackward(channel, Pick(2) == 0 ? kEndOfLog : Pick(static_cast<int>(end)), limit);
  } else {
    PickHub().ReadForward(channel, std::max<Offset>(end - 1 - Pick(16), -1), limit);
  }
}

void FeedWalk::Connect(ModelRouter& router) {
  const LinkId link{++last_link_};
  router.Up(link, now_);
  internal::v1::RouterHello hello;
  hello.set_router_id(router.id());
  hello.set_version(kLinkVersion);
  hello.set_log_epoch(log_.info().epoch - 1);
  hello.set_partitions(log_.partitions());
  Require(feed_.OnLinkUp(link, hello, now_) == LinkVerdict::kEpoch, "a link of another log");
  hello.set_log_epoch(log_.info().epoch);
  Require(feed_.OnLinkUp(link, hello, now_) == LinkVerdict::kAccepted, "a good link was refused");
}

void FeedWalk::Claim(ModelRouter& router) {
  if (!router.link()) return;
  std::set<Partition> partitions;
  for (Partition partition = 0; partition < log_.partitions(); ++partition) {
    if (Pick(2) == 0) partitions.insert(partition);
  }
  router.Claim(std::move(partitions));
}

void FeedWalk::Carry(ModelRouter& router) {
  if (!router.link() || router.out().empty()) return;
  RouterFrame frame = std::move(router.out().front());
  router.out().pop_front();
  LinkId link = *router.link();
  Bend(link, frame);
  feed_.OnFrame(link, std::move(frame), now_);
}

void FeedWalk::CarryFromReplaced() {
  if (replaced_.empty()) return;
  auto [link, frame] = std::move(replaced_.front());
  replaced_.pop_front();
  Bend(link, frame);
  feed_.OnFrame(link, std::move(frame), now_);
}

void FeedWalk::Bend(LinkId& link, RouterFrame& frame) {
  if (!frame.has_deliver()) return;
  internal::v1::Deliver& deliver = *frame.mutable_deliver();
  Asked& asked = asked_[deliver.partition()];
  const bool newest = deliver.serve() == asked.serve && link == asked.link;
  if (plant_ == Plant::kGatewayTakesStaleServes) {
    deliver.set_serve(asked.serve);
    link = asked.link;
  }
  const bool blind = asked.blind || (plant_ == Plant::kGatewayChecksNoHole && asked.delivered);
  if (newest && blind) deliver.set_from(-1);
  if (newest) asked.delivered = true;
}

void FeedWalk::Heal() {
  // One may stay stopped, its connection and its claims in place: the others must do without it.
  const ModelRouter* frozen = Pick(2) == 0 ? &PickRouter() : nullptr;
  for (const auto& router : routers_) {
    router->healthy = true;
    router->stopped = router.get() == frozen;
    if (!router->link() || router->leaving()) Connect(*router);
  }
  // The longest: a deadline that is under way, a router that was passed over, a server that forgot
  // what it serves.
  Settle(16'000);
  for (const auto& hub : hubs_) {
    for (const ChannelName& channel : log_.channels()) {
      if (!hub->wants(channel)) hub->Attach(channel);
    }
  }
  Settle(3'000);
  for (const ChannelName& channel : log_.channels()) log_.Append(channel);
  Settle(1'000);
  for (const auto& hub : hubs_) hub->CheckComplete();
}

void FeedWalk::Settle(int milliseconds) {
  constexpr int kRound = 50;
  for (int passed = 0; passed < milliseconds; passed += kRound) {
    Pass(kRound);
    for (const auto& router : routers_) {
      if (router->stopped) continue;
      while (!router->in().empty()) router->HandleOne();
      // Nothing new is said of a partition more often than once a second.
      for (Partition partition = 0; partition < log_.partitions(); ++partition) {
        if (passed % 500 == 0 || router->Behind(partition)) router->Deliver(partition, 1000);
      }
      while (!router->out().empty()) Carry(*router);
    }
  }
}

}  // namespace parley::gateway::walk
