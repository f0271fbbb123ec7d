#include "services/presence/registry/eviction.h"

#include <algorithm>

namespace parley::presence {

void Eviction::FollowsLog(TimePoint read_through) {
  if (!following(read_through)) following_since_ = read_through;
  read_through_ = read_through;
}

bool Eviction::following(TimePoint now) const {
  return following_since_ && now - read_through_ <= config_.lag_max;
}

EvictionStep Eviction::Check(const Registry& registry, TimePoint now) {
  EvictionStep step;
  const bool may_judge = following(now);
  const bool hold_back = may_judge && TooManyAreSilent(registry);
  for (const auto& [id, server] : registry.servers()) {
    const bool silent = may_judge && SilenceOf(server) >= config_.server_timeout;
    if (silent && hold_back) {
      HoldBack(server, now, step);
      continue;
    }
    probes_.erase(id);
    if (silent) step.drop.push_back(id);
  }
  std::erase_if(probes_,
                [&](const auto& probe) { return registry.FindServer(probe.first) == nullptr; });
  return step;
}

void Eviction::Probed(const ProbeResult& result) {
  const auto found = probes_.find(result.server);
  if (found == probes_.end() || found->second.epoch != result.epoch) return;
  found->second.in_flight = false;
  found->second.gone = result.gone;
}

Duration Eviction::SilenceOf(const Server& server) const {
  return read_through_ - std::max(server.heard_at, *following_since_);
}

// Whoever has been quiet for half the timeout counts as well: servers that are cut off together do
// not reach the timeout in the same instant, and one by one each would be a small part of those
// that are left.
bool Eviction::TooManyAreSilent(const Registry& registry) const {
  const auto& servers = registry.servers();
  const auto quiet = std::count_if(servers.begin(), servers.end(), [&](const auto& entry) {
    return SilenceOf(entry.second) >= config_.server_timeout / 2;
  });
  return servers.size() >= 2 && static_cast<std::size_t>(quiet) * 3 > servers.size();
}

void Eviction::HoldBack(const Server& server, TimePoint now, EvictionStep& step) {
  const auto [found, fresh] =
      probes_.try_emplace(server.id, ProbeState{.epoch = server.epoch, .asked_at = now});
  ProbeState& probe = found->second;
  if (probe.gone) {
    probes_.erase(found);
    step.drop_gone.push_back(server.id);
    return;
  }
  if (!fresh && (probe.in_flight || now - probe.asked_at < config_.probe_interval)) return;
  probe.asked_at = now;
  probe.in_flight = true;
  step.probe.push_back({server.id, server.epoch, server.link_address});
}

}  // namespace parley::presence
