#include "services/presence/registry/healing.h"

#include <algorithm>
#include <utility>

namespace parley::presence {

std::vector<SnapshotTarget> Healing::Check(const Registry& registry, TimePoint now) {
  ForgetWhoLeft(registry);
  std::vector<std::pair<TimePoint, const Server*>> due;
  for (const auto& [id, server] : registry.servers()) {
    if (!server.incomplete && !server.truncated) continue;
    const Patient& patient =
        patients_.try_emplace(id, Patient{.epoch = server.epoch}).first->second;
    if (IsDue(server, patient, now)) due.emplace_back(patient.next_at, &server);
  }
  std::ranges::stable_sort(due, {}, &std::pair<TimePoint, const Server*>::first);
  std::vector<SnapshotTarget> targets;
  for (const auto& [since, server] : due) {
    if (in_flight_ >= config_.in_flight_max) break;
    ++in_flight_;
    const std::uint64_t question = ++last_question_;
    patients_.at(server->id).question = question;
    targets.push_back({server->id, server->epoch, question, server->link_address});
  }
  return targets;
}

// Who left or began anew is not waited for.
void Healing::ForgetWhoLeft(const Registry& registry) {
  std::erase_if(patients_, [&](const auto& entry) {
    const Server* const server = registry.FindServer(entry.first);
    const bool over = server == nullptr || server->epoch != entry.second.epoch;
    if (over && entry.second.question != 0) --in_flight_;
    return over;
  });
}

void Healing::Record(const ConnectionEvent& event) {
  if (in_flight_ == 0) return;
  Patient* const patient = Find(event.server, event.epoch);
  if (patient == nullptr || patient->question == 0 || patient->overflowed) return;
  patient->events.push_back(event);
  if (patient->events.size() <= config_.events_max) return;
  patient->overflowed = true;
  patient->events = {};
}

std::optional<std::vector<ConnectionEvent>> Healing::Take(const SnapshotAnswer& answer) {
  Patient* const patient = Find(answer);
  if (patient == nullptr) return std::nullopt;
  std::vector<ConnectionEvent> events = std::exchange(patient->events, {});
  if (patient->overflowed) return std::nullopt;
  return events;
}

void Healing::Answered(const SnapshotAnswer& answer, bool used, TimePoint now) {
  Patient* const patient = Find(answer);
  if (patient == nullptr) return;
  --in_flight_;
  patient->question = 0;
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

void Healing::Unsupported(const SnapshotAnswer& answer) {
  Patient* const patient = Find(answer);
  if (patient == nullptr) return;
  --in_flight_;
  patient->question = 0;
  patient->answered = true;
  patient->unsupported = true;
  patient->events = {};
}

bool Healing::GivesNone(const Server& server) const {
  const Patient* const patient = FindOf(server);
  return patient != nullptr && patient->unsupported;
}

bool Healing::AllAsked(const Registry& registry, bool also_unheard) const {
  return std::none_of(registry.servers().begin(), registry.servers().end(), [&](const auto& entry) {
    const Server& server = entry.second;
    if (!server.incomplete) return false;
    if (server.link_address.empty() && !also_unheard) return false;
    const Patient* const patient = FindOf(server);
    return patient == nullptr || !patient->answered;
  });
}

Healing::Patient* Healing::Find(const ServerId& server, std::int64_t epoch) {
  const auto found = patients_.find(server);
  return found == patients_.end() || found->second.epoch != epoch ? nullptr : &found->second;
}

const Healing::Patient* Healing::FindOf(const Server& server) const {
  const auto found = patients_.find(server.id);
  const bool known = found != patients_.end() && found->second.epoch == server.epoch;
  return known ? &found->second : nullptr;
}

Healing::Patient* Healing::Find(const SnapshotAnswer& answer) {
  Patient* const patient = Find(answer.server, answer.epoch);
  const bool waits = patient != nullptr && patient->question != 0;
  return waits && patient->question == answer.question ? patient : nullptr;
}

// The address is known from the first heartbeat on.
bool Healing::IsDue(const Server& server, const Patient& patient, TimePoint now) const {
  if (patient.question != 0 || patient.unsupported || server.link_address.empty()) return false;
  if (server.incomplete) return now >= patient.next_at;
  return !patient.answered || now - patient.next_at >= config_.truncated_interval;
}

}  // namespace parley::presence
