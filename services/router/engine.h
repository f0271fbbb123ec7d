#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/registry.h>

#include "services/common/clock.h"
#include "services/common/log.h"
#include "services/common/position.h"
#include "services/common/rpc/loop.h"
#include "services/router/config.h"
#include "services/router/link/gateway_dialer.h"
#include "services/router/log/kafka_log.h"
#include "services/router/log/log_listener.h"
#include "services/router/router_core.h"
#include "services/router/router_metrics.h"

namespace parley::router {

// The router as long as it has one log: the core between Kafka and the links. Made, used and
// destroyed on the loop.
class Engine final : public LogListener, public LinkListener {
 public:
  // `on_recreated` is called once when there is evidence that the topic is not this log any more.
  using OnRecreated = std::function<void()>;

  // Throws std::runtime_error only for a bad configuration.
  Engine(const RouterConfig& config, const LogInfo& log, const RouterId& id, const Clock& clock,
         const Logger& logger, prometheus::Registry& registry, rpc::Loop& loop,
         OnRecreated on_recreated);

  // What is missing before this router can do its part; empty once it could.
  std::string NotReady();

  // Tells the gateways that this router goes; it serves on until they have moved.
  void Leave() { core_.Leave(clock_.Now()); }
  bool HandedOver() const { return core_.HandedOver(); }
  // Ends what it does as an owner.
  void FinishEffects() { core_.FinishEffects(clock_.Now()); }
  bool EffectsFinished() const { return core_.EffectsFinished(); }
  // Nothing reaches the core any more.
  void Halt();
  // After `Halt`, and not on the loop: leaves the group and ends the threads.
  void StopLog(Duration leave_timeout) { log_.Stop(leave_timeout); }

 private:
  void Tick();

  void OnOwned(const std::vector<Ownership>& owned) override;
  void OnReading(const ReadingStart& start) override;
  void OnBatch(RequestId reading, const BatchPtr& batch) override;
  void OnHistory(const HistoryChunk& chunk) override;
  void OnBounds(Partition partition, const std::optional<LogBounds>& bounds) override;
  void OnProduced(Partition partition, RequestId id, bool stored) override;
  void OnLag(const std::vector<std::pair<Partition, std::int64_t>>& lag) override;

  void OnLinkUp(LinkId link) override;
  void OnLinkFrame(LinkId link, const internal::v1::GatewayFrame& frame) override;
  void OnLinkWritten(LinkId link) override;
  void OnLinkDown(LinkId link) override;

  const Clock& clock_;
  const Logger logger_;
  rpc::Loop& loop_;
  const OnRecreated on_recreated_;
  RouterMetrics metrics_;
  bool assigned_ = false;
  bool owns_ = false;
  bool was_ready_ = false;
  bool recreation_told_ = false;
  bool halted_ = false;
  rpc::Loop::TimerId tick_timer_ = 0;
  rpc::Loop::TimerId metrics_timer_ = 0;

  KafkaLog log_;
  GatewayDialer dialer_;
  RouterCore core_;
};

}  // namespace parley::router
