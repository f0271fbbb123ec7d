#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "services/common/clock.h"
#include "services/common/connection_event.h"
#include "services/presence/registry/eviction.h"
#include "services/presence/registry/healing.h"
#include "services/presence/registry/registry.h"
#include "services/presence/registry/snapshot.h"
#include "services/presence/watch/roster_watchers.h"
#include "services/presence/watch/server_watchers.h"

namespace parley::presence {

struct DirectoryConfig {
  RegistryLimits registry;
  EvictionConfig eviction;
  HealingConfig healing;
  ServerWatchersConfig server_watchers;
  RosterWatchersConfig roster_watchers;
  // The log is read from its beginning. Otherwise a gateway that is not named in what is read of it
  // is heard of with its next heartbeat.
  bool reads_all = true;
  Duration heartbeat_max = std::chrono::milliseconds(2'500);  // Between two of one gateway.
  // How long it waits for the first snapshots before it answers without them.
  Duration settle_max = std::chrono::seconds(10);
};

// What is to be done now.
struct DirectoryStep {
  std::vector<ProbeTarget> probes;
  std::vector<SnapshotTarget> snapshots;
};

inline constexpr std::size_t kEventTypes =
    static_cast<std::size_t>(ConnectionEvent::Type::kGone) + 1;

// What happened since the counts were last taken.
struct DirectoryCounts {
  std::array<std::uint64_t, kEventTypes> applied{};  // By type.
  std::uint64_t old = 0;
  std::uint64_t refused = 0;
  std::uint64_t holes = 0;
  std::uint64_t snapshots_used = 0;
  std::uint64_t snapshots_failed = 0;
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

  // Drops who is silent and makes the watchers' updates. Returns whom to ask what.
  [[nodiscard]] DirectoryStep Tick(TimePoint now);
  void Probed(const std::vector<ProbeResult>& results);
  // True when the log must be read from its beginning, because this server gives no snapshots and
  // made changes before what was read.
  [[nodiscard]] bool Answered(const SnapshotAnswer& answer, TimePoint now);
  // What is applied from here on is the log from its beginning.
  void LogStartsAgain();

  // It has followed the log at least once and asked every gateway for what was missing, so that its
  // answers are whole.
  bool ready() const { return ready_; }
  const Registry& registry() const { return registry_; }
  ServerWatchers& server_watchers() { return server_watchers_; }
  RosterWatchers& roster_watchers() { return roster_watchers_; }
  std::size_t held_back() const { return eviction_.held_back(); }

  [[nodiscard]] DirectoryCounts TakeCounts();

 private:
  void ApplyOne(const ConnectionEvent& event, TimePoint now);
  bool Use(const SnapshotAnswer& answer, TimePoint now);
  bool MustReadAll(const SnapshotAnswer& answer);
  void Settle(TimePoint now);
  void Tell();

  const DirectoryConfig config_;
  Registry registry_;
  Eviction eviction_;
  Healing healing_;
  ServerWatchers server_watchers_;
  RosterWatchers roster_watchers_;
  bool ready_ = false;
  std::optional<TimePoint> followed_at_;  // When it first followed the log.
  bool awaits_beginning_ = false;         // The log is to start again, and has not yet.
  DirectoryCounts counts_;
  Changes changes_;  // Empty between calls; kept for its memory.
};

}  // namespace parley::presence
