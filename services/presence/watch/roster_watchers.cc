#include "services/presence/watch/roster_watchers.h"

#include <algorithm>
#include <utility>

#include "parley/internal/v1/registry.pb.h"

namespace parley::presence {
namespace {

using internal::v1::RosterUpdate;

std::string CountOf(const ChannelName& channel, std::size_t members) {
  RosterUpdate update;
  auto& change = *update.add_changes();
  change.set_channel(channel.value());
  change.set_members(static_cast<std::uint32_t>(members));
  return update.SerializeAsString();
}

std::string RosterOf(const ChannelName& channel, const Members& members) {
  RosterUpdate update;
  auto& change = *update.add_changes();
  change.set_channel(channel.value());
  change.set_snapshot(true);
  for (const auto& [user, sessions] : members) {
    change.add_joined(user.value());
    change.add_sessions(sessions);
  }
  change.set_members(static_cast<std::uint32_t>(members.size()));
  return update.SerializeAsString();
}

}  // namespace

std::optional<RosterWatchers::Id> RosterWatchers::Add() {
  if (watchers_.size() >= config_.watchers_max) return std::nullopt;
  watchers_.emplace(++last_id_, Watcher{});
  return last_id_;
}

void RosterWatchers::Remove(Id id) {
  const auto found = watchers_.find(id);
  if (found == watchers_.end()) return;
  const std::unordered_set<ChannelName> channels = std::move(found->second.channels);
  found->second.channels.clear();
  for (const ChannelName& channel : channels) Unwatch(id, channel);
  watchers_.erase(id);
}

bool RosterWatchers::Watch(Id id, const ChannelName& channel) {
  Watcher& watcher = watchers_.at(id);
  if (!watcher.channels.contains(channel)) {
    if (watcher.channels.size() >= config_.channels_per_watcher_max) return false;
    watcher.channels.insert(channel);
  }
  Watched& watched = watched_[channel];
  watched.told.erase(id);
  watched.fresh.insert(id);
  due_.insert(channel);
  return true;
}

void RosterWatchers::Unwatch(Id id, const ChannelName& channel) {
  watchers_.at(id).channels.erase(channel);
  const auto found = watched_.find(channel);
  if (found == watched_.end()) return;
  found->second.told.erase(id);
  found->second.fresh.erase(id);
  if (!found->second.told.empty() || !found->second.fresh.empty()) return;
  watched_.erase(found);
  due_.erase(channel);
}

void RosterWatchers::Record(const Changes& changes) {
  for (const MembershipChange& change : changes.memberships) {
    const auto found = watched_.find(change.channel);
    if (found == watched_.end()) continue;
    Watched& watched = found->second;
    due_.insert(change.channel);
    watched.recount = true;
    if (watched.count_only) continue;
    const auto [known, fresh] = watched.changed.try_emplace(change.user, change.joined);
    // A user's changes alternate, so that a second one undoes the first.
    if (!fresh) watched.changed.erase(known);
  }
  for (const CountChange& change : changes.counts) {
    const auto found = watched_.find(change.channel);
    if (found == watched_.end() || found->second.count_only) continue;
    found->second.counted.insert(change.user);
    due_.insert(change.channel);
  }
}

void RosterWatchers::Tick(const Registry& registry, TimePoint now) {
  for (auto channel = due_.begin(); channel != due_.end();) {
    Watched& watched = watched_.at(*channel);
    channel = Update(*channel, watched, registry, now) ? std::next(channel) : due_.erase(channel);
  }
}

bool RosterWatchers::Update(const ChannelName& channel, Watched& watched, const Registry& registry,
                            TimePoint now) {
  const Attendance& attendance = registry.attendance();
  const std::size_t members = attendance.CountMembers(channel.value());
  const bool was_count_only = watched.count_only;
  // A channel must shrink by a tenth before its roster is shown again: one at the limit would else
  // send all of it often.
  const std::size_t shown_max =
      was_count_only ? config_.members_shown_max * 9 / 10 : config_.members_shown_max;
  watched.count_only = members > shown_max;
  if (watched.count_only) {
    watched.changed.clear();
    watched.counted.clear();
    if (!was_count_only) watched.counted_at = now - config_.count_interval;
    return UpdateCount(channel, watched, members, now);
  }

  watched.recount = false;
  if (was_count_only) watched.fresh.merge(std::exchange(watched.told, {}));
  SendChanges(channel, watched, attendance);
  if (!AnyFreshHasRoom(watched)) return !watched.fresh.empty();
  return WelcomeFresh(watched, std::make_shared<const std::string>(
                                   RosterOf(channel, attendance.MembersOf(channel.value()))));
}

void RosterWatchers::SendChanges(const ChannelName& channel, Watched& watched,
                                 const Attendance& attendance) {
  const std::map<UserId, bool> changed = std::exchange(watched.changed, {});
  std::set<UserId> here = std::exchange(watched.counted, {});
  if (watched.told.empty()) return;
  RosterUpdate update;
  auto& change = *update.add_changes();
  for (const auto& [user, joined] : changed) {
    if (joined) here.insert(user);
    if (!joined) change.add_left(user.value());
  }
  for (const UserId& user : here) {
    const std::uint32_t sessions = attendance.CountSessions(channel.value(), user.value());
    if (sessions == 0) continue;  // Went since.
    change.add_joined(user.value());
    change.add_sessions(sessions);
  }
  if (change.joined().empty() && change.left().empty()) return;
  change.set_channel(channel.value());
  change.set_members(static_cast<std::uint32_t>(attendance.CountMembers(channel.value())));
  Send(watched.told, std::make_shared<const std::string>(update.SerializeAsString()));
}

bool RosterWatchers::UpdateCount(const ChannelName& channel, Watched& watched, std::size_t members,
                                 TimePoint now) {
  const bool recount = watched.recount && now - watched.counted_at >= config_.count_interval;
  if (!recount && !AnyFreshHasRoom(watched)) return watched.recount || !watched.fresh.empty();
  const auto count = std::make_shared<const std::string>(CountOf(channel, members));
  if (recount) {
    watched.recount = false;
    watched.counted_at = now;
    Send(watched.told, count);
  }
  return WelcomeFresh(watched, count) || watched.recount;
}

bool RosterWatchers::AnyFreshHasRoom(const Watched& watched) const {
  return std::any_of(watched.fresh.begin(), watched.fresh.end(),
                     [this](Id id) { return HasRoom(watchers_.at(id)); });
}

// Those that have not read what they were sent before stay fresh. True when there are any.
bool RosterWatchers::WelcomeFresh(Watched& watched, const Piece& roster) {
  for (auto id = watched.fresh.begin(); id != watched.fresh.end();) {
    Watcher& watcher = watchers_.at(*id);
    if (!HasRoom(watcher)) {
      ++id;
      continue;
    }
    Send(watcher, roster);
    watched.told.insert(*id);
    id = watched.fresh.erase(id);
  }
  return !watched.fresh.empty();
}

std::optional<std::string> RosterWatchers::Take(Id id) {
  Watcher& watcher = watchers_.at(id);
  if (watcher.pending.empty()) return std::nullopt;
  std::string update;
  while (!watcher.pending.empty() &&
         (update.empty() ||
          update.size() + watcher.pending.front()->size() <= config_.update_bytes_max)) {
    update += *watcher.pending.front();
    watcher.pending.pop_front();
  }
  watcher.pending_bytes -= update.size();
  return update;
}

void RosterWatchers::Send(const std::set<Id>& watchers, const Piece& piece) {
  for (const Id id : watchers) Send(watchers_.at(id), piece);
}

void RosterWatchers::Send(Watcher& watcher, const Piece& piece) {
  if (watcher.too_slow) return;
  watcher.pending.push_back(piece);
  watcher.pending_bytes += piece->size();
  if (watcher.pending_bytes <= config_.pending_bytes_max) return;
  watcher.too_slow = true;
  ++cut_off_;
  watcher.pending.clear();
  watcher.pending_bytes = 0;
}

bool RosterWatchers::HasRoom(const Watcher& watcher) const {
  return watcher.pending_bytes < config_.update_bytes_max;
}

}  // namespace parley::presence
