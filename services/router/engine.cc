#include "services/router/engine.h"

#include <algorithm>
#include <chrono>
#include <functional>

namespace parley::router {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTickInterval{50};
constexpr milliseconds kMetricsInterval{1000};

CoreConfig CoreOf(const RouterConfig& config, const LogInfo& log) {
  CoreConfig core = config.core;
  core.dedupe.window_ms = log.dedupe_window_ms;
  return core;
}

}  // namespace

Engine::Engine(const RouterConfig& config, const LogInfo& log, const RouterId& id,
               const Clock& clock, const Logger& logger, prometheus::Registry& registry,
               rpc::Loop& loop, OnRecreated on_recreated)
    : clock_(clock),
      logger_(logger),
      loop_(loop),
      on_recreated_(std::move(on_recreated)),
      metrics_(registry),
      log_(config.kafka, log.epoch, config.tail_reader, config.history_reader,
           {.partitions = log.partitions, .content_bytes_max = config.content_bytes_max}, clock,
           logger, registry, loop, *this),
      dialer_(loop, config.presence_addresses, std::hash<RouterId>{}(id), logger, *this),
      core_(CoreOf(config, log), log, id, log_, dialer_) {
  tick_timer_ = loop_.Every(kTickInterval, [this] { Tick(); });
  metrics_timer_ = loop_.Every(kMetricsInterval, [this] { metrics_.Set(core_); });
}

std::string Engine::NotReady() {
  if (!was_ready_ && !assigned_) return "the group has not met yet";
  if (!was_ready_ && !core_.OwnedAreReady()) return "reading the partitions that it owns";
  was_ready_ = true;
  return "";
}

void Engine::Halt() {
  halted_ = true;
  loop_.Cancel(tick_timer_);
  loop_.Cancel(metrics_timer_);
  metrics_.Set(core_);
}

void Engine::Tick() {
  core_.Tick(clock_.Now());
  if (!core_.LogWasRecreated() || std::exchange(recreation_told_, true)) return;
  logger_.Warn("the log ends before a place that it once reached: chatting was made again");
  on_recreated_();
}

void Engine::OnOwned(const std::vector<Ownership>& owned) {
  if (halted_) return;
  const bool first = !std::exchange(assigned_, true);
  const bool owned_before = std::exchange(owns_, !owned.empty());
  if (owns_ || first) {
    metrics_.rebalances_assigned.Increment();
  } else if (owned_before) {
    metrics_.rebalances_revoked.Increment();
  }
  logger_.Info("partitions owned", {{"partitions", static_cast<std::int64_t>(owned.size())}});
  core_.OnOwned(owned, clock_.Now());
}

void Engine::OnReading(const ReadingStart& start) {
  if (!halted_) core_.OnReading(start, clock_.Now());
}

void Engine::OnBatch(RequestId reading, const BatchPtr& batch) {
  if (halted_) return;
  if (!batch->entries().empty()) {
    const auto now_ms = std::chrono::duration_cast<milliseconds>(clock_.SinceUnixEpoch()).count();
    const std::int64_t age_ms = now_ms - batch->entries().back().time_ms;
    metrics_.record_age.Observe(static_cast<double>(std::max<std::int64_t>(0, age_ms)) / 1000);
  }
  core_.OnBatch(reading, batch, clock_.Now());
}

void Engine::OnHistory(const HistoryChunk& chunk) {
  if (!halted_) core_.OnHistory(chunk, clock_.Now());
}

void Engine::OnBounds(Partition partition, const std::optional<LogBounds>& bounds) {
  if (!halted_) core_.OnBounds(partition, bounds, clock_.Now());
}

void Engine::OnProduced(Partition partition, RequestId id, bool stored) {
  if (!halted_) core_.OnProduced(partition, id, stored, clock_.Now());
}

void Engine::OnLag(const std::vector<std::pair<Partition, std::int64_t>>& lag) {
  metrics_.SetLag(lag);
}

void Engine::OnLinkUp(LinkId link) {
  if (!halted_) core_.OnLinkUp(link, clock_.Now());
}

void Engine::OnLinkFrame(LinkId link, const internal::v1::GatewayFrame& frame) {
  if (!halted_) core_.OnLinkFrame(link, frame, clock_.Now());
}

void Engine::OnLinkWritten(LinkId link) {
  if (!halted_) core_.OnLinkWritten(link, clock_.Now());
}

void Engine::OnLinkDown(LinkId link) {
  if (!halted_) core_.OnLinkDown(link, clock_.Now());
}

}  // namespace parley::router
