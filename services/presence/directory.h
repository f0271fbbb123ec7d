#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "services/common/clock.h"
#include "services/common/connection_event.h"
#include "services/presence/registry/eviction.h"
#include "services/presence/registry/registry.h"
#include "services/presence/watch/roster_watchers.h"
#include "services/presence/watch/server_watchers.h"

namespace parley::presence {

struct DirectoryConfig {
  RegistryLimits registry;
  EvictionConfig eviction;
  ServerWatchersConfig server_watchers;
  RosterWatchersConfig roster_watchers;
};

inline constexpr std::size_t kEventTypes =
    static_cast<std::size_t>(ConnectionEvent::Type::kGone) + 1;

// What happened since the counts were last taken.
struct DirectoryCounts {
  std::array<std::uint64_t, kEventTypes> applied{};  // By type.
  std::uint64_t old = 0;
  std::uint64_t refused = 0;
  std::uint64_t holes = 0;
  std::uint64_t dropped_silent = 0;
  std::uint64_t dropped_gone = 0;
  std::uint64_t watchers_cut_off = 0;
};

// A presence replica without its shell: what it knows, whom it drops and whom it tells.
//
// Pure: no clock, lock or I/O.
class Directory {
 public:
  explicit Directory(const DirectoryConfig& config);

  void Apply(const std::vector<ConnectionEvent>& events, TimePoint now);
  // All that the log held at this time has been applied.
  void FollowsLog(TimePoint read_through);
  bool following(TimePoint now) const { return eviction_.following(now); }

  // Drops who is silent and makes the watchers' updates. Returns whom to probe.
  [[nodiscard]] std::vector<ProbeTarget> Tick(TimePoint now);
  void Probed(const std::vector<ProbeResult>& results);

  // It has followed the log at least once, so that its answers are whole.
  bool ready() const { return ready_; }
  const Registry& registry() const { return registry_; }
  ServerWatchers& server_watchers() { return server_watchers_; }
  RosterWatchers& roster_watchers() { return roster_watchers_; }
  std::size_t held_back() const { return eviction_.held_back(); }

  [[nodiscard]] DirectoryCounts TakeCounts();

 private:
  void Tell();

  Registry registry_;
  Eviction eviction_;
  ServerWatchers server_watchers_;
  RosterWatchers roster_watchers_;
  bool ready_ = false;
  DirectoryCounts counts_;
  Changes changes_;  // Empty between calls; kept for its memory.
};

}  // namespace parley::presence
