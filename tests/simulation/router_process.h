#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "parley/internal/v1/link.pb.h"
#include "parley/internal/v1/registry.pb.h"
#include "services/router/link/retry_delay.h"
#include "services/router/router_core.h"
#include "tests/simulation/link.h"
#include "tests/simulation/process.h"
#include "tests/simulation/router_log.h"

namespace parley::simulation {

class World;

// A router: its core, and around it what its shell does: joins the group, watches the registry,
// dials the gateways.
class RouterProcess final : public router::LinkPort {
 public:
  RouterProcess(World& world, std::size_t index);
  // As by kill -9.
  ~RouterProcess() override;

  Process& process() { return process_; }
  const router::RouterCore& core() const { return core_; }
  // As by SIGTERM: says that it goes and leaves the group. It is to be killed a moment later.
  void Leave();

  // What a presence replica sends; and its end.
  void OnServers(const internal::v1::ServersUpdate& update);
  void OnWatchDown();

  // What a gateway sends.
  void OnFrame(const Link& link, const internal::v1::GatewayFrame& frame);

  void Send(router::LinkId link, router::Frame frame) override;
  void Cut(router::LinkId link, const std::string& reason) override;

 private:
  struct Dialed {
    bool listed = false;
    std::int64_t epoch = 0;
    router::RetryDelay delay;
    std::shared_ptr<Link> link;  // Null between attempts.
  };

  void Heartbeat();
  void JoinGroup();
  void WatchRegistry();
  void Dial(std::size_t gateway);
  void DialLater(std::size_t gateway);
  void OnLinkUp(const std::shared_ptr<Link>& link);
  void OnLinkDown(const std::shared_ptr<Link>& link);
  void EndWrite(Link& link);

  World& world_;
  const std::size_t index_;
  const std::string name_;
  Process process_;
  RouterLog log_;
  router::RouterCore core_;
  bool leaving_ = false;
  std::size_t watch_attempts_;
  router::RetryDelay watch_delay_;
  std::map<std::size_t, Dialed> dialed_;
  std::map<router::LinkId, std::shared_ptr<Link>> up_;
  router::LinkId last_link_ = 0;
};

}  // namespace parley::simulation
