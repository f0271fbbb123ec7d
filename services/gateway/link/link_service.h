#pragma once

#include <cstdint>
#include <memory>

#include <prometheus/registry.h>

#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/common/log.h"
#include "services/common/position.h"
#include "services/common/rpc/server.h"
#include "services/gateway/feed/feed.h"
#include "services/gateway/hub/backlog.h"
#include "services/gateway/hub/feed_port.h"
#include "services/gateway/link/feed_gate.h"
#include "services/gateway/link/feed_metrics.h"
#include "services/gateway/link/link_config.h"
#include "services/gateway/link/router_link.h"

namespace parley::gateway {

// The gateway's end of `GatewayLink`: the feed, on the one loop of the server that routers dial.
//
// Made before the server starts. To end it: end the hubs' loops, `Stop` the server, destroy this,
// then the server.
class LinkService final : private RouterSink {
 public:
  // `server` has one loop. `epoch` is the start of this gateway process. All references outlive
  // this.
  LinkService(rpc::Server& server, const LinkConfig& config, const ServerId& id, std::int64_t epoch,
              const Clock& clock, const Logger& logger, prometheus::Registry& registry);
  ~LinkService();
  LinkService(const LinkService&) = delete;
  LinkService& operator=(const LinkService&) = delete;

  // For the hubs; any thread.
  FeedPort& port() { return gate_; }
  // What the hubs add their messages to.
  Backlog& backlog() { return backlog_; }

  // As soon as Kafka has told it, and whenever the log was re-created: every hub is on its way to
  // hear of it when this returns. Until then routers are refused as UNAVAILABLE. Any thread but the
  // loop's.
  void SetLogInfo(const LogInfo& info);

 private:
  void Send(LinkId link, const internal::v1::GatewayFrame& frame) override;
  void Close(LinkId link, LinkEnd why) override;
  void Tick();
  void Pulse();

  const LinkConfig config_;
  const Clock& clock_;
  const Logger logger_;
  rpc::Loop& loop_;
  Backlog backlog_;
  Feed feed_;
  FeedGate gate_;
  FeedMetrics metrics_;
  LinkContext context_;

  // Last: what runs on the loop. Cancelled by the destructor.
  rpc::Loop::TimerId tick_ = 0;
  rpc::Loop::TimerId pulse_ = 0;
};

}  // namespace parley::gateway
