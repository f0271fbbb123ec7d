#include "tests/chaos/vitals.h"

#include <chrono>

namespace parley::chaos {
namespace {

constexpr std::chrono::seconds kInterval{4};
constexpr double kTenthMore = 1.1;
// A process may use so much more without anybody caring: pools that were never so full before,
// connections to a broker that leads more than it did.
constexpr std::size_t kMemoryFloorKib = 4 * 1024;
// What recent messages, tails and remembered ids come to, which a short run has hardly begun with
// at the first look.
constexpr std::size_t kFillingFloorKib = 16 * 1024;
constexpr std::size_t kRouterFillingFloorKib = 64 * 1024;
constexpr std::size_t kDescriptorsFloor = 3;
constexpr std::size_t kThreadsFloor = 2;

const std::pair<ServiceKind, const char*> kCounters[] = {
    {ServiceKind::kGateway, "parley_gateway_gaps_seen_total"},
    {ServiceKind::kGateway, "parley_gateway_duplicates_dropped_total"},
    {ServiceKind::kGateway, "parley_gateway_stale_frames_total"},
    {ServiceKind::kGateway, "parley_gateway_serves_total"},
    {ServiceKind::kGateway, "parley_gateway_serves_moved_total"},
    {ServiceKind::kGateway, "parley_gateway_serves_unanswered_total"},
    {ServiceKind::kGateway, "parley_gateway_attaches_failed_total"},
    {ServiceKind::kGateway, "parley_gateway_resumes_total"},
    {ServiceKind::kGateway, "parley_gateway_drain_sessions_forced_total"},
    {ServiceKind::kRouter, "parley_router_duplicates_total"},
    {ServiceKind::kRouter, "parley_router_look_backs_total"},
    {ServiceKind::kRouter, "parley_router_look_backs_given_up_total"},
    {ServiceKind::kRouter, "parley_router_dead_letters_total"},
    {ServiceKind::kRouter, "parley_router_frames_refused_total"},
    {ServiceKind::kRouter, "parley_router_links_cut_total"},
    {ServiceKind::kRouter, "parley_router_rebalances_total"},
    {ServiceKind::kPresence, "parley_presence_servers_dropped_total"},
    {ServiceKind::kPresence, "parley_presence_revision_holes_total"},
};

void Compare(const std::string& what, std::size_t before, std::size_t now, std::size_t floor,
             std::vector<std::string>& lines) {
  const auto most = static_cast<std::size_t>(static_cast<double>(before) * kTenthMore) + floor;
  if (now <= most) return;
  lines.push_back(what + ": " + std::to_string(now) + " after, " + std::to_string(before) +
                  " before");
}

}  // namespace

UsageByKind ReadUsage(Deployment& deployment) {
  UsageByKind sums;
  deployment.ForEach([&](ServiceKind kind, ServiceProcess& process) {
    const std::optional<Usage> usage = process.ReadUsage();
    if (!usage) return;
    Usage& sum = sums[kind];
    sum.memory_kib += usage->memory_kib;
    sum.descriptors += usage->descriptors;
    sum.threads += usage->threads;
    sum.cpu_seconds += usage->cpu_seconds;
  });
  return sums;
}

std::vector<std::string> Growth(const UsageByKind& before, const UsageByKind& now,
                                const Deployment& deployment, bool was_full) {
  std::vector<std::string> lines;
  for (const auto& [kind, used] : before) {
    const auto found = now.find(kind);
    if (found == now.end()) {
      lines.push_back("no " + NameOf(kind) + " runs");
      continue;
    }
    const std::size_t processes = deployment.count(kind);
    const std::string of = " of all " + NameOf(kind) + " processes";
    const std::size_t filling =
        kind == ServiceKind::kRouter ? kRouterFillingFloorKib : kFillingFloorKib;
    Compare("memory in KiB" + of, used.memory_kib, found->second.memory_kib,
            (was_full ? kMemoryFloorKib : filling) * processes, lines);
    Compare("descriptors" + of, used.descriptors, found->second.descriptors,
            kDescriptorsFloor * processes, lines);
    Compare("threads" + of, used.threads, found->second.threads, kThreadsFloor * processes, lines);
  }
  return lines;
}

Counters::Counters(Deployment& deployment) : deployment_(deployment), thread_([this] { Run(); }) {}

Counters::~Counters() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

std::map<std::string, double> Counters::Totals() {
  Sample();
  const std::lock_guard lock(sampling_);
  return totals_;
}

void Counters::Run() {
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, kInterval, [this] { return stopping_; })) {
    lock.unlock();
    Sample();
    lock.lock();
  }
}

void Counters::Sample() {
  const std::lock_guard lock(sampling_);
  deployment_.ForEach([this](ServiceKind kind, ServiceProcess& process) {
    const std::optional<std::string> metrics = process.Metrics();
    if (!metrics) return;
    for (const auto& [of, name] : kCounters) {
      if (of != kind) continue;
      const double value = SumOfSeries(*metrics, name);
      double& last = last_[{process.name(), name}];
      // Less than before: it has started again.
      const double more = value >= last ? value - last : value;
      last = value;
      if (more > 0) totals_[name] += more;
    }
  });
}

}  // namespace parley::chaos
