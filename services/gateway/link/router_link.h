#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "parley/internal/v1/link.pb.h"
#include "services/common/clock.h"
#include "services/common/log.h"
#include "services/common/rpc/server_call.h"
#include "services/gateway/feed/feed.h"
#include "services/gateway/hub/backlog.h"
#include "services/gateway/link/link_config.h"

namespace parley::gateway {

class RouterLink;

// What the links of a gateway share. On the feed's loop.
struct LinkContext {
  Feed& feed;
  const Backlog& backlog;
  const LinkConfig& config;
  const Clock& clock;
  const Logger& logger;
  internal::v1::GatewayHello hello;
  std::map<LinkId, RouterLink*> links;
  std::uint64_t last_link = 0;
  std::uint64_t links_cut = 0;   // Of routers that did not read.
  std::uint64_t links_held = 0;  // Because of the backlog.
};

// One call of a router: its frames into the feed, the feed's frames out, one write in flight. Owned
// by the call.
class RouterLink final : public rpc::CallHandler {
 public:
  RouterLink(rpc::ServerCall& call, LinkContext& context);

  // Cuts the link off when too much is waiting; the feed hears of it later.
  void Send(const internal::v1::GatewayFrame& frame);
  void Close(LinkEnd why);
  // Says something when there was nothing to say; cuts off who has not said hello.
  void Pulse(TimePoint now);

  // Every few milliseconds: reads again what it left unread for the backlog.
  void ReadOnIfHeld(TimePoint now);

  void OnMessage(rpc::Bytes message) override;
  void OnHalfClose() override;
  void OnWritten() override;
  void OnDone() override;

 private:
  void ReadOn();
  void Greet(const internal::v1::RouterFrame& frame);

  rpc::ServerCall& call_;
  LinkContext& context_;
  const LinkId id_;
  const TimePoint since_;
  std::string router_;  // Known from its hello on, when that was accepted.
  std::deque<rpc::Bytes> queue_;
  std::size_t queue_bytes_ = 0;
  bool held_ = false;  // Not read, for the backlog.
  bool cut_ = false;   // Its router did not read; nothing more is sent.
};

}  // namespace parley::gateway
