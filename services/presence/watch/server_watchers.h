#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "parley/internal/v1/registry.pb.h"
#include "services/presence/registry/changes.h"
#include "services/presence/registry/registry.h"

namespace parley::presence {

struct ServerWatchersConfig {
  std::size_t watchers_max = 10'000;
  std::size_t pending_max = 20'000;  // Servers that changed and that one watcher was not told of.
};

// Who watches the servers, and what each has not been told yet: only which servers changed, so that
// a change and its undoing cost a slow watcher one entry. A watcher that falls behind the limit is
// to be cut off; it watches again and gets everything anew.
//
// Pure: no clock, lock or I/O.
class ServerWatchers {
 public:
  using Id = std::uint64_t;

  explicit ServerWatchers(ServerWatchersConfig config) : config_(config) {}

  // Nothing when there are too many.
  [[nodiscard]] std::optional<Id> Add();
  void Remove(Id watcher) { watchers_.erase(watcher); }
  std::size_t size() const { return watchers_.size(); }

  void Record(const Changes& changes);

  // What this watcher is to be told now: first everything, later what changed. Nothing when there
  // is nothing new.
  [[nodiscard]] std::optional<internal::v1::ServersUpdate> Take(Id watcher,
                                                                const Registry& registry);
  // It did not read for so long that changes were dropped.
  bool IsTooSlow(Id watcher) const { return watchers_.at(watcher).too_slow; }
  // How many became too slow since the last call.
  [[nodiscard]] std::uint64_t TakeCutOff() { return std::exchange(cut_off_, 0); }

 private:
  struct Watcher {
    bool has_snapshot = false;
    bool too_slow = false;
    std::set<ServerId> changed;
  };

  const ServerWatchersConfig config_;
  std::map<Id, Watcher> watchers_;
  Id last_id_ = 0;
  std::uint64_t cut_off_ = 0;
};

}  // namespace parley::presence
