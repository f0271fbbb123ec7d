#include "services/presence/directory.h"

#include <utility>

namespace parley::presence {

Directory::Directory(const DirectoryConfig& config)
    : registry_(config.registry),
      eviction_(config.eviction),
      server_watchers_(config.server_watchers),
      roster_watchers_(config.roster_watchers) {}

void Directory::Apply(const std::vector<ConnectionEvent>& events, TimePoint now) {
  for (const ConnectionEvent& event : events) {
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
  Tell();
}

void Directory::FollowsLog(TimePoint read_through) {
  ready_ = true;
  eviction_.FollowsLog(read_through);
}

std::vector<ProbeTarget> Directory::Tick(TimePoint now) {
  EvictionStep step = eviction_.Check(registry_, now);
  for (const ServerId& server : step.drop) registry_.Drop(server, changes_);
  for (const ServerId& server : step.drop_gone) registry_.Drop(server, changes_);
  counts_.dropped_silent += step.drop.size();
  counts_.dropped_gone += step.drop_gone.size();
  Tell();
  roster_watchers_.Tick(registry_, now);
  return std::move(step.probe);
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
