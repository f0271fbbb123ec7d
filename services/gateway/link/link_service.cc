#include "services/gateway/link/link_service.h"

#include <cassert>

#include "parley/internal/v1/link.pb.h"

namespace parley::gateway {
namespace {

constexpr const char* kAttachMethod = "/parley.internal.v1.GatewayLink/Attach";

internal::v1::GatewayHello HelloOf(const ServerId& id, std::int64_t epoch) {
  internal::v1::GatewayHello hello;
  hello.set_server_id(id.value());
  hello.set_epoch(epoch);
  hello.set_version(kLinkVersion);
  return hello;
}

}  // namespace

LinkService::LinkService(rpc::Server& server, const LinkConfig& config, const ServerId& id,
                         std::int64_t epoch, const Clock& clock, const Logger& logger,
                         prometheus::Registry& registry)
    : config_(config),
      clock_(clock),
      logger_(logger),
      loop_(*server.loops().front()),
      feed_(config_.feed, *this),
      gate_(loop_, feed_, clock_),
      metrics_(registry),
      context_{feed_, backlog_, config_, clock_, logger_, HelloOf(id, epoch), {}, 0, 0, 0} {
  assert(server.loops().size() == 1);
  server.DescribedIn(*internal::v1::RouterFrame::descriptor()->file());
  server.Handle(kAttachMethod, [this](rpc::ServerCall& call) {
    return std::make_unique<RouterLink>(call, context_);
  });
  loop_.Run([this] {
    tick_ = loop_.Every(config_.tick_interval, [this] { Tick(); });
    pulse_ = loop_.Every(config_.pulse_interval, [this] { Pulse(); });
  });
}

LinkService::~LinkService() {
  loop_.Run([this] {
    loop_.Cancel(tick_);
    loop_.Cancel(pulse_);
  });
}

void LinkService::SetLogInfo(const LogInfo& info) {
  loop_.Run([this, info] {
    feed_.SetLogInfo(info);
    context_.hello.set_log_epoch(feed_.log_info()->epoch);
    context_.hello.set_partitions(feed_.log_info()->partitions);
  });
}

void LinkService::Send(LinkId link, const internal::v1::GatewayFrame& frame) {
  const auto found = context_.links.find(link);
  if (found != context_.links.end()) found->second->Send(frame);
}

void LinkService::Close(LinkId link, LinkEnd why) {
  const auto found = context_.links.find(link);
  if (found != context_.links.end()) found->second->Close(why);
}

void LinkService::Tick() {
  const TimePoint now = clock_.Now();
  for (const auto& [id, link] : context_.links) link->ReadOnIfHeld(now);
  feed_.Tick(now);
}

void LinkService::Pulse() {
  const TimePoint now = clock_.Now();
  for (const auto& [id, link] : context_.links) link->Pulse(now);
  metrics_.Update(feed_, context_);
}

}  // namespace parley::gateway
