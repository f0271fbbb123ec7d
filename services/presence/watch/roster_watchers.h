#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "services/common/clock.h"
#include "services/presence/registry/changes.h"
#include "services/presence/registry/registry.h"

namespace parley::presence {

struct RosterWatchersConfig {
  std::size_t watchers_max = 10'000;
  std::size_t channels_per_watcher_max = 1'000'000;
  // Of a channel with more members only the count is told.
  std::size_t members_shown_max = 1'000;
  Duration count_interval = std::chrono::seconds(1);  // At least between two counts of a channel.
  std::size_t pending_bytes_max = std::size_t{8} << 20;  // What one watcher has not read yet.
  std::size_t update_bytes_max = std::size_t{256} << 10;
};

// Who watches which channels, and what each has not been told yet.
//
// Changes are gathered and become updates at a tick: who came and went within one tick is not
// mentioned, and a channel's update is serialized once for all who watch it. A new watcher of a
// channel gets its roster at the next tick, as fast as it reads. A watcher that does not read what
// follows is to be cut off; it watches again and gets the rosters anew.
//
// Pure: no clock, lock or I/O.
class RosterWatchers {
 public:
  using Id = std::uint64_t;

  explicit RosterWatchers(RosterWatchersConfig config) : config_(config) {}

  // Nothing when there are too many.
  [[nodiscard]] std::optional<Id> Add();
  void Remove(Id watcher);
  std::size_t size() const { return watchers_.size(); }

  // False when it watches too many channels already. Asking again for a watched one brings its
  // roster anew.
  [[nodiscard]] bool Watch(Id watcher, const ChannelName& channel);
  void Unwatch(Id watcher, const ChannelName& channel);

  void Record(const Changes& changes);
  // Makes updates of what was recorded.
  void Tick(const Registry& registry, TimePoint now);

  // The next update for this watcher: a serialized RosterUpdate. Nothing when there is none.
  [[nodiscard]] std::optional<std::string> Take(Id watcher);
  // It did not read for so long that updates were dropped.
  bool IsTooSlow(Id watcher) const { return watchers_.at(watcher).too_slow; }
  // How many became too slow since the last call.
  [[nodiscard]] std::uint64_t TakeCutOff() { return std::exchange(cut_off_, 0); }

 private:
  using Piece =
      std::shared_ptr<const std::string>;  // A RosterUpdate with one change; they concatenate.

  struct Watcher {
    std::unordered_set<ChannelName> channels;
    std::deque<Piece> pending;
    std::size_t pending_bytes = 0;
    bool too_slow = false;
  };

  struct Watched {
    std::set<Id> told;               // Have the roster, and get its changes.
    std::set<Id> fresh;              // Get the roster first.
    std::map<UserId, bool> changed;  // Since the last tick: joined or left, all in all.
    std::set<UserId> counted;        // Whose number of sessions changed.
    bool count_only = false;
    bool recount = false;  // The count may differ from what was told.
    TimePoint counted_at;
  };

  // False when nothing is left to do for the channel.
  bool Update(const ChannelName& channel, Watched& watched, const Registry& registry,
              TimePoint now);
  bool UpdateCount(const ChannelName& channel, Watched& watched, std::size_t members,
                   TimePoint now);
  void SendChanges(const ChannelName& channel, Watched& watched, const Attendance& attendance);
  bool AnyFreshHasRoom(const Watched& watched) const;
  bool WelcomeFresh(Watched& watched, const Piece& roster);
  void Send(const std::set<Id>& watchers, const Piece& piece);
  void Send(Watcher& watcher, const Piece& piece);
  bool HasRoom(const Watcher& watcher) const;

  const RosterWatchersConfig config_;
  std::map<Id, Watcher> watchers_;
  Id last_id_ = 0;
  std::uint64_t cut_off_ = 0;
  std::unordered_map<ChannelName, Watched> watched_;
  std::set<ChannelName> due_;  // Those of `watched_` with something to tell at the next tick.
};

}  // namespace parley::presence
