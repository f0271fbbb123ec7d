#include "services/presence/registry/healing.h"

#include <algorithm>
#include <utility>

namespace parley::presence {

std::vector<SnapshotTarget> Healing::Check(const Registry& registry, TimePoint now) {
  // Who left or began anew is not waited for.
  std::erase_if(patients_, [&](const auto& entry) {
    const Server* const server = registry.FindServer(entry.first);
    const bool over = server == nullptr || server->epoch != entry.second.epoch;
    if (over && entry.second.in_flight) --in_flight_;
    return over;
  });
  std::vector<SnapshotTarget> targets;
  for (const auto& [id, server] : registry.servers()) {
    if (in_flight_ >= config_.in_flight_max) break;
    if (!server.incomplete && !server.truncated) continue;
    Patient& patient = patients_.try_emplace(id, Patient{.epoch = server.epoch}).first->second;
    if (!IsDue(server, patient, now)) continue;
    patient.in_flight = true;
    ++in_flight_;
    targets.push_back({id, server.epoch, server.link_address});
  }
  return targets;
}

void Healing::Record(const ConnectionEvent& event) {
  if (in_flight_ == 0) return;
  Patient* const patient = Find(event.server, event.epoch);
  if (patient == nullptr || !patient->in_flight) return;
  if (patient->events.size() < config_.events_max) {
    patient->events.push_back(event);
  } else {
    patient->overflowed = true;
  }
}

std::optional<std::vector<ConnectionEvent>> Healing::Take(const ServerId& server,
                                                          std::int64_t epoch) {
  Patient* const patient = Find(server, epoch);
  if (patient == nullptr || !patient->in_flight) return std::nullopt;
  std::vector<ConnectionEvent> events = std::exchange(patient->events, {});
  if (patient->overflowed) return std::nullopt;
  return events;
}

void Healing::Answered(const ServerId& server, std::int64_t epoch, bool used, TimePoint now) {
  Patient* const patient = Find(server, epoch);
  if (patient == nullptr || !std::exchange(patient->in_flight, false)) return;
  --in_flight_;
  patient->answered = true;
  patient->overflowed = false;
  if (used) {
    patient->retry = {};
    patient->next_at = now + config_.retry_first;
    return;
  }
  patient->retry = patient->retry == Duration::zero()
                       ? config_.retry_first
                       : std::min(patient->retry * 2, config_.retry_longest);
  patient->next_at = now + patient->retry;
}

void Healing::Unsupported(const ServerId& server, std::int64_t epoch) {
  Patient* const patient = Find(server, epoch);
  if (patient == nullptr) return;
  if (std::exchange(patient->in_flight, false)) --in_flight_;
  patient->answered = true;
  patient->unsupported = true;
  patient->events.clear();
}

bool Healing::AllAsked(const Registry& registry, bool also_unheard) const {
  return std::none_of(registry.servers().begin(), registry.servers().end(), [&](const auto& entry) {
    if (!entry.second.incomplete) return false;
    if (entry.second.link_address.empty() && !also_unheard) return false;
    const auto patient = patients_.find(entry.first);
    return patient == patients_.end() || patient->second.epoch != entry.second.epoch ||
           !patient->second.answered;
  });
}

Healing::Patient* Healing::Find(const ServerId& server, std::int64_t epoch) {
  const auto found = patients_.find(server);
  return found == patients_.end() || found->second.epoch != epoch ? nullptr : &found->second;
}

// The address is known from the first heartbeat on.
bool Healing::IsDue(const Server& server, const Patient& patient, TimePoint now) const {
  if (patient.in_flight || patient.unsupported || server.link_address.empty()) return false;
  if (server.incomplete) return now >= patient.next_at;
  return !patient.answered || now - patient.next_at >= config_.truncated_interval;
}

}  // namespace parley::presence
