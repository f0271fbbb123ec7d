#include "services/router/link/gateway_dialer.h"

#include <utility>

#include "services/router/link/frame_bytes.h"

namespace parley::router {

GatewayDialer::GatewayDialer(rpc::Loop& loop, const std::vector<std::string>& presence_addresses,
                             std::size_t first, const Logger& logger, LinkListener& listener)
    : loop_(loop),
      logger_(logger),
      listener_(listener),
      watch_(loop, presence_addresses, first, logger,
             [this](const internal::v1::ServersUpdate& update) { OnServers(update); }) {}

GatewayDialer::~GatewayDialer() { loop_.Cancel(cut_timer_); }

void GatewayDialer::OnServers(const internal::v1::ServersUpdate& update) {
  DropDeadLinks();
  if (update.snapshot()) {
    for (auto& [id, link] : links_) link.Unlist();
  }
  for (const std::string& id : update.down()) {
    if (const auto link = links_.find(ServerId(id)); link != links_.end()) link->second.Unlist();
  }
  for (const internal::v1::Server& server : update.up()) {
    if (server.link_address().empty()) continue;
    const ServerId id(server.id());
    const auto link = links_.try_emplace(id, loop_, ids_, logger_, *this, id).first;
    link->second.List(server.link_address(), server.epoch());
  }
}

// Links that broke after their gateway had left the registry.
void GatewayDialer::DropDeadLinks() {
  std::erase_if(links_,
                [](const auto& entry) { return !entry.second.listed() && !entry.second.up(); });
}

void GatewayDialer::Send(LinkId link, Frame frame) {
  if (const auto found = up_.find(link); found != up_.end()) {
    found->second->Write(ToBytes(std::move(frame)));
  }
}

// A moment later: the core that asks for it does not expect to hear of it from within.
void GatewayDialer::Cut(LinkId link, const std::string& reason) {
  cuts_.push_back({link, reason});
  if (cut_timer_ == 0) cut_timer_ = loop_.After(Duration::zero(), [this] { CutPending(); });
}

void GatewayDialer::CutPending() {
  cut_timer_ = 0;
  for (const PendingCut& cut : std::exchange(cuts_, {})) {
    if (const auto found = up_.find(cut.link); found != up_.end()) found->second->Close(cut.reason);
  }
}

void GatewayDialer::OnUp(GatewayLink& link) {
  up_[link.id()] = &link;
  listener_.OnLinkUp(link.id());
}

void GatewayDialer::OnFrame(GatewayLink& link, const internal::v1::GatewayFrame& frame) {
  listener_.OnLinkFrame(link.id(), frame);
}

void GatewayDialer::OnWritten(GatewayLink& link) { listener_.OnLinkWritten(link.id()); }

void GatewayDialer::OnDown(LinkId link) {
  up_.erase(link);
  listener_.OnLinkDown(link);
}

}  // namespace parley::router
