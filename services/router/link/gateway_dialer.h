#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "parley/internal/v1/link.pb.h"
#include "parley/internal/v1/registry.pb.h"
#include "services/common/ids.h"
#include "services/common/log.h"
#include "services/common/rpc/loop.h"
#include "services/router/link/gateway_link.h"
#include "services/router/link/registry_watch.h"
#include "services/router/ports.h"

namespace parley::router {

// What comes over the links; the counterpart of LinkPort. On the router's loop.
class LinkListener {
 public:
  virtual ~LinkListener() = default;
  virtual void OnLinkUp(LinkId link) = 0;
  virtual void OnLinkFrame(LinkId link, const internal::v1::GatewayFrame& frame) = 0;
  virtual void OnLinkWritten(LinkId link) = 0;
  virtual void OnLinkDown(LinkId link) = 0;
};

// Holds a link to every gateway that presence lists. On the router's loop, where it is made and
// destroyed.
class GatewayDialer final : public LinkPort, public GatewayLinkOwner {
 public:
  // `first`: which replica to ask first; routers should differ.
  GatewayDialer(rpc::Loop& loop, const std::vector<std::string>& presence_addresses,
                std::size_t first, const Logger& logger, LinkListener& listener);
  ~GatewayDialer() override;

  void Send(LinkId link, Frame frame) override;
  void Cut(LinkId link, const std::string& reason) override;

 private:
  struct PendingCut {
    LinkId link;
    std::string reason;
  };

  void OnServers(const internal::v1::ServersUpdate& update);
  void DropDeadLinks();
  void CutPending();

  void OnUp(GatewayLink& link) override;
  void OnFrame(GatewayLink& link, const internal::v1::GatewayFrame& frame) override;
  void OnWritten(GatewayLink& link) override;
  void OnDown(LinkId link) override;

  rpc::Loop& loop_;
  const Logger logger_;
  LinkListener& listener_;
  LinkIds ids_;
  std::vector<PendingCut> cuts_;
  rpc::Loop::TimerId cut_timer_ = 0;
  std::unordered_map<LinkId, GatewayLink*> up_;
  std::map<ServerId, GatewayLink> links_;

  // The last member: its updates reach into all of the above.
  RegistryWatch watch_;
};

}  // namespace parley::router
