#include "services/gateway/presence/watched_channels.h"

#include <utility>

namespace parley::gateway {

void WatchedChannels::Watch(RosterListener& listener, const ChannelName& channel) {
  const auto [watched, fresh] = watched_.try_emplace(channel);
  ++watched->second.listeners[&listener];
  if (!fresh) return;
  to_remove_.erase(channel);
  to_add_.insert(channel);
}

void WatchedChannels::Unwatch(RosterListener& listener, const ChannelName& channel) {
  const auto watched = watched_.find(channel);
  if (watched == watched_.end()) return;
  auto& listeners = watched->second.listeners;
  const auto found = listeners.find(&listener);
  if (found == listeners.end() || --found->second > 0) return;
  listeners.erase(found);
  if (!listeners.empty()) return;
  watched_.erase(watched);
  to_add_.erase(channel);
  to_remove_.insert(channel);
}

void WatchedChannels::Restart() {
  to_remove_.clear();
  for (auto& [channel, watched] : watched_) {
    to_add_.insert(channel);
    watched.current = false;
  }
}

std::optional<internal::v1::WatchChannels> WatchedChannels::TakeRequest(std::size_t channels_max) {
  if (to_add_.empty() && to_remove_.empty()) return std::nullopt;
  internal::v1::WatchChannels request;
  for (std::size_t left = channels_max; left > 0 && !to_remove_.empty(); --left) {
    request.add_remove(to_remove_.extract(to_remove_.begin()).value().value());
  }
  const auto removed = static_cast<std::size_t>(request.remove_size());
  for (std::size_t left = channels_max - removed; left > 0 && !to_add_.empty(); --left) {
    request.add_add(to_add_.extract(to_add_.begin()).value().value());
  }
  return request;
}

std::vector<WatchedChannels::Telling> WatchedChannels::Apply(
    const internal::v1::RosterUpdate& update) {
  std::vector<Telling> tellings;
  for (const internal::v1::RosterChange& news : update.changes()) {
    const ChannelName channel(news.channel());
    const auto found = watched_.find(channel);
    // An update can have been on its way when the last listener stopped. If another has come since,
    // its roster follows.
    if (found == watched_.end() || to_add_.contains(channel)) continue;
    Watched& watched = found->second;
    Telling telling;
    telling.change.channel = channel;
    telling.change.members = news.members();
    if (news.snapshot()) {
      ApplyRoster(news, watched, telling.change);
    } else {
      ApplyChange(news, watched, telling.change);
    }
    const bool recounted = watched.count != news.members();
    watched.count = news.members();
    if (!recounted && telling.change.joined.empty() && telling.change.left.empty()) continue;
    for (const auto& [listener, times] : watched.listeners) telling.listeners.push_back(listener);
    tellings.push_back(std::move(telling));
  }
  return tellings;
}

std::optional<RosterReply> WatchedChannels::Members(const ChannelName& channel,
                                                    std::uint32_t limit) const {
  const auto found = watched_.find(channel);
  if (found == watched_.end() || !found->second.members || !found->second.current) {
    return std::nullopt;
  }
  RosterReply reply;
  reply.total = static_cast<std::uint32_t>(found->second.members->size());
  for (const auto& [user, sessions] : *found->second.members) {
    if (limit != 0 && reply.members.size() == limit) break;
    reply.members.push_back({user, sessions});
  }
  return reply;
}

void WatchedChannels::ApplyRoster(const internal::v1::RosterChange& news, Watched& watched,
                                  RosterChange& change) {
  Sessions members;
  const bool counted = news.sessions_size() == news.joined_size();
  for (int i = 0; i < news.joined_size(); ++i) {
    members.emplace(UserId(news.joined(i)), counted ? news.sessions(i) : 1);
  }
  // The first roster names everybody: whoever came since a listener last asked is among them. A
  // channel that has shrunk below the limit comes back without such a flood.
  if (watched.members || !watched.count) {
    const Sessions known = std::move(watched.members).value_or(Sessions());
    for (const auto& [user, sessions] : members) {
      if (!known.contains(user)) change.joined.push_back(user);
    }
    for (const auto& [user, sessions] : known) {
      if (!members.contains(user)) change.left.push_back(user);
    }
  }
  watched.members = std::move(members);
  watched.current = counted;
}

void WatchedChannels::ApplyChange(const internal::v1::RosterChange& news, Watched& watched,
                                  RosterChange& change) {
  if (news.joined().empty() && news.left().empty()) {
    watched.members.reset();  // Only the count is told from here on.
    return;
  }
  if (!watched.members) return;
  const bool counted = news.sessions_size() == news.joined_size();
  watched.current = watched.current && counted;
  for (int i = 0; i < news.joined_size(); ++i) {
    const UserId user(news.joined(i));
    const std::uint32_t sessions = counted ? news.sessions(i) : 1;
    if (watched.members->insert_or_assign(user, sessions).second) change.joined.push_back(user);
  }
  for (const std::string& user : news.left()) {
    if (watched.members->erase(UserId(user)) == 1) change.left.emplace_back(user);
  }
}

}  // namespace parley::gateway
