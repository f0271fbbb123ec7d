#include "services/gateway/presence/session_ledger.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

namespace parley::gateway {

using Type = ConnectionEvent::Type;

void SessionLedger::Connected(const SessionId& session, const UserId& user) {
  const auto [entry, fresh] = entries_.try_emplace(session);
  if (!fresh) return;
  entry->second.user = user;
  Queue(entry);
}

void SessionLedger::Joined(const SessionId& session, const ChannelName& channel) {
  const auto entry = entries_.find(session);
  if (entry == entries_.end() || !entry->second.here) return;
  if (!entry->second.joined.insert(channel).second) return;
  Flip(entry->second, channel);
  Queue(entry);
}

void SessionLedger::Left(const SessionId& session, const ChannelName& channel) {
  const auto entry = entries_.find(session);
  if (entry == entries_.end() || entry->second.joined.erase(channel) == 0) return;
  Flip(entry->second, channel);
  Queue(entry);
}

void SessionLedger::Disconnected(const SessionId& session) {
  const auto entry = entries_.find(session);
  if (entry == entries_.end() || !entry->second.here) return;
  if (!entry->second.told && !entry->second.doubted) {
    Erase(entry);
  } else {
    Depart(entry);
  }
}

void SessionLedger::Doubt(const SessionId& session, const UserId& user) {
  const auto [entry, fresh] = entries_.try_emplace(session);
  entry->second.doubted = true;
  if (!fresh) return Queue(entry);
  // It has gone, and all that there was to tell was told.
  entry->second.user = user;
  Depart(entry);
}

std::optional<SessionNews> SessionLedger::Next() const {
  if (queue_.empty()) return std::nullopt;
  const SessionId& session = queue_.begin()->second;
  const Entry& entry = entries_.at(session);
  SessionNews news{.session = session, .user = entry.user};
  if (entry.doubted || !entry.here) {
    news.type = Type::kDisconnect;
  } else if (!entry.told) {
    news.type = Type::kConnect;
  } else {
    news.channel = *entry.news.begin();
    news.type = entry.joined.contains(news.channel) ? Type::kJoin : Type::kLeave;
  }
  return news;
}

void SessionLedger::Told() {
  assert(!queue_.empty());
  const auto found = entries_.find(queue_.begin()->second);
  assert(found != entries_.end());
  Entry& entry = found->second;
  if (!entry.here) return Erase(found);
  if (entry.doubted) {
    entry.doubted = false;
    entry.told = false;
    entry.news = entry.joined;
  } else if (!entry.told) {
    entry.told = true;
  } else {
    entry.news.erase(entry.news.begin());
  }
  if (entry.told && entry.news.empty()) Unqueue(entry);
}

ToldPart SessionLedger::WhatWasTold(const SessionId& after, std::size_t names_max) const {
  ToldPart part;
  std::size_t names = 0;
  for (auto at = entries_.upper_bound(after); at != entries_.end(); ++at) {
    if (names >= names_max) {
      part.next_after = std::prev(at)->first;
      break;
    }
    const auto& [id, entry] = *at;
    ++names;
    if (!entry.here || (!entry.told && !entry.doubted)) continue;
    ToldSession& session = part.sessions.emplace_back(ToldSession{id, entry.user, {}});
    if (entry.doubted) {
      session.channels.assign(entry.joined.begin(), entry.joined.end());
    } else {
      std::set_symmetric_difference(entry.joined.begin(), entry.joined.end(), entry.news.begin(),
                                    entry.news.end(), std::back_inserter(session.channels));
    }
    names += 1 + session.channels.size();
  }
  return part;
}

void SessionLedger::Flip(Entry& entry, const ChannelName& channel) {
  if (entry.news.erase(channel) == 0) entry.news.insert(channel);
}

// Puts it into the queue if there is something to tell, and takes it out if there is nothing any
// more.
void SessionLedger::Queue(Entries::iterator found) {
  Entry& entry = found->second;
  const bool has_news = entry.doubted || !entry.told || !entry.here || !entry.news.empty();
  if (!has_news) return Unqueue(entry);
  if (entry.place != 0) return;
  entry.place = ++last_place_;
  queue_.emplace(entry.place, found->first);
}

void SessionLedger::Unqueue(Entry& entry) {
  if (entry.place != 0) queue_.erase(std::exchange(entry.place, 0));
}

void SessionLedger::Erase(Entries::iterator entry) {
  departed_.erase(entry->second.place);
  Unqueue(entry->second);
  entries_.erase(entry);
}

void SessionLedger::Depart(Entries::iterator entry) {
  entry->second.here = false;
  entry->second.joined.clear();
  entry->second.news.clear();
  Queue(entry);
  departed_.insert(entry->second.place);
  if (departed_.size() <= departed_max_) return;
  ++forgotten_;
  Erase(entries_.find(queue_.at(*departed_.begin())));
}

}  // namespace parley::gateway
