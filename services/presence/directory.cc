#include "services/presence/directory.h"

#include <utility>

#include "services/common/plant.h"

namespace parley::presence {

Directory::Directory(const DirectoryConfig& config)
    : config_(config),
      registry_(config.registry),
      eviction_(config.eviction),
      healing_(config.healing),
      server_watchers_(config.server_watchers),
      roster_watchers_(config.roster_watchers) {}

void Directory::Apply(const std::vector<ConnectionEvent>& events, TimePoint now) {
  for (const ConnectionEvent& event : events) {
    healing_.Record(event);
    ApplyOne(event, now);
  }
  Tell();
}

void Directory::ApplyOne(const ConnectionEvent& event, TimePoint now) {
  const Applied applied = registry_.Apply(event, now, changes_);
  if (applied.hole) ++counts_.holes;
  switch (applied.verdict) {
    case Verdict::kApplied:
      ++counts_.applied[static_cast<std::size_t>(event.type)];
      break;
    case Verdict::kOld:
      ++counts_.old;
      break;
    case Verdict::kRefused:
      ++counts_.refused;
      break;
  }
}

void Directory::FollowsLog(TimePoint read_through) {
  eviction_.FollowsLog(read_through);
  if (!followed_at_ && !awaits_beginning_) followed_at_ = read_through;
  Settle(read_through);
}

// Answers that are not whole would tell watchers that users went who are there.
void Directory::Settle(TimePoint now) {
  if (ready_ || !followed_at_) return;
  const Duration waited = now - *followed_at_;
  const bool all_beat = waited >= config_.heartbeat_max;  // Who lives has said so by now.
  if (!config_.reads_all && registry_.servers().empty() && !all_beat) return;
  ready_ = healing_.AllAsked(registry_, !all_beat) || waited >= config_.settle_max;
}

DirectoryStep Directory::Tick(TimePoint now) {
  EvictionStep step = eviction_.Check(registry_, now);
  for (const ServerId& server : step.drop) registry_.Drop(server, changes_);
  for (const ServerId& server : step.drop_gone) registry_.Drop(server, changes_);
  counts_.dropped_silent += step.drop.size();
  counts_.dropped_gone += step.drop_gone.size();
  Tell();
  roster_watchers_.Tick(registry_, now);
  Settle(now);
  return {std::move(step.probe), healing_.Check(registry_, now)};
}

bool Directory::Answered(const SnapshotAnswer& answer, TimePoint now) {
  if (answer.outcome == SnapshotAnswer::Outcome::kUnsupported) return MustReadAll(answer);
  const bool used = Use(answer, now);
  ++(used ? counts_.snapshots_used : counts_.snapshots_failed);
  healing_.Answered(answer, used, now);
  Tell();
  Settle(now);
  return false;
}

bool Directory::MustReadAll(const SnapshotAnswer& answer) {
  healing_.Unsupported(answer);
  const Server* const server = registry_.FindServer(answer.server);
  if (server == nullptr || !server->began_late || !healing_.GivesNone(*server)) return false;
  awaits_beginning_ = true;
  followed_at_.reset();
  return true;
}

void Directory::LogStartsAgain() {
  awaits_beginning_ = false;
  for (const auto& [id, server] : registry_.servers()) {
    if (healing_.GivesNone(server)) registry_.StartAgain(id, changes_);
  }
  Tell();
}

bool Directory::Use(const SnapshotAnswer& answer, TimePoint now) {
  const auto meanwhile = healing_.Take(answer);
  if (!meanwhile || answer.outcome != SnapshotAnswer::Outcome::kGiven) return false;
  if (!registry_.Replace(answer, changes_)) return false;
  if (Planted("forget-meanwhile")) return true;
  for (const ConnectionEvent& event : *meanwhile) ApplyOne(event, now);
  return true;
}

void Directory::Probed(const std::vector<ProbeResult>& results) {
  for (const ProbeResult& result : results) eviction_.Probed(result);
}

DirectoryCounts Directory::TakeCounts() {
  DirectoryCounts counts = std::exchange(counts_, {});
  counts.watchers_cut_off = server_watchers_.TakeCutOff() + roster_watchers_.TakeCutOff();
  return counts;
}

void Directory::Tell() {
  server_watchers_.Record(changes_);
  roster_watchers_.Record(changes_);
  changes_.clear();
}

}  // namespace parley::presence
