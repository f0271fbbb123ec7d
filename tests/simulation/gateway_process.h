#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <prometheus/registry.h>

#include "services/gateway/feed/feed.h"
#include "services/gateway/gateway_metrics.h"
#include "services/gateway/presence/announcer.h"
#include "tests/simulation/link.h"
#include "tests/simulation/process.h"
#include "tests/simulation/producer.h"
#include "tests/simulation/session_loop.h"

namespace parley::simulation {

class World;

// A gateway: its feed and two session loops, and around them what their shells do.
class GatewayProcess final : public gateway::RouterSink {
 public:
  GatewayProcess(World& world, std::size_t index);
  // As by kill -9.
  ~GatewayProcess() override;

  // Of "gateway-7".
  static std::size_t IndexOf(const std::string& id);

  const ServerId& id() const { return id_; }
  Process& process() { return process_; }
  const gateway::Feed& feed() const { return feed_; }
  bool accepting() const { return accepting_ && feed_.log_info().has_value(); }

  // As by SIGTERM. It is to be killed when it has drained.
  void Drain();
  bool drained() const { return drained_; }
  // What its announcer says; nothing when it has said its last word.
  std::optional<gateway::SessionsPart> Snapshot(const SessionId& after) const {
    return announcer_.Snapshots()(after);
  }

  // A client's connection; a router's, and what comes over it.
  void Accept(const std::shared_ptr<Stream>& stream);
  void Accept(const std::shared_ptr<Link>& link);
  void OnFrame(Link& link, const internal::v1::RouterFrame& frame);

  void Send(gateway::LinkId link, const internal::v1::GatewayFrame& frame) override;
  void Close(gateway::LinkId link, gateway::LinkEnd why) override;

 private:
  void SendOver(const std::shared_ptr<Link>& link, const internal::v1::GatewayFrame& frame);
  void Pulse();

  World& world_;
  const std::size_t index_;
  const ServerId id_;
  const std::int64_t epoch_;
  bool accepting_ = true;
  bool drained_ = false;
  prometheus::Registry registry_;
  gateway::GatewayMetrics metrics_{registry_};
  const gateway::FeedConfig feed_config_;
  std::map<gateway::LinkId, std::shared_ptr<Link>> links_;
  std::uint64_t last_link_ = 0;
  std::size_t next_loop_ = 0;

  Process process_;
  gateway::Feed feed_;
  Producer producer_;
  gateway::Announcer announcer_;
  std::array<std::unique_ptr<SessionLoop>, 2> loops_;
};

}  // namespace parley::simulation
