#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "services/common/connection_event.h"
#include "services/common/ids.h"

namespace parley::gateway {

// The next thing to tell of one session.
struct SessionNews {
  ConnectionEvent::Type type = ConnectionEvent::Type::kConnect;
  SessionId session;
  UserId user;
  ChannelName channel{};  // Of `join` and `leave`.
};

// A session as the log has it.
struct ToldSession {
  SessionId id;
  UserId user;
  std::vector<ChannelName> channels;
};

// Some of the sessions, in the order of their ids.
struct ToldPart {
  std::vector<ToldSession> sessions{};
  std::optional<SessionId>
      next_after{};  // Where the next part begins; nothing when it is the last.
};

// What the log was told of this gateway's sessions, and what it must be told yet. It holds states,
// not events: what came and went while nothing could be told is never mentioned, so that it is
// bounded by the sessions that are here and those that the log still believes in, however long
// Kafka is away.
//
// Pure: no lock, clock or I/O.
class SessionLedger {
 public:
  // At most so many sessions that have gone are remembered until the log is told; the oldest are
  // forgotten.
  explicit SessionLedger(std::size_t departed_max) : departed_max_(departed_max) {}

  void Connected(const SessionId& session, const UserId& user);
  void Joined(const SessionId& session, const ChannelName& channel);
  void Left(const SessionId& session, const ChannelName& channel);
  void Disconnected(const SessionId& session);

  // A record about this session may not be in the log, so what the log holds of it is unknown: it
  // is taken back and told anew.
  void Doubt(const SessionId& session, const UserId& user);

  // The next thing to tell; nothing when the log knows all. The same until `Told`.
  [[nodiscard]] std::optional<SessionNews> Next() const;
  void Told();

  // What whoever read all that was told believes, but for sessions that have gone. Of a session
  // that is doubted, what is true: it is told anew next. The part ends with the session with which
  // it names so much, counting sessions, users and channels; the first begins after no session.
  [[nodiscard]] ToldPart WhatWasTold(const SessionId& after, std::size_t names_max) const;

  std::size_t sessions() const { return entries_.size() - departed_.size(); }
  // Sessions that there is something to tell of.
  std::size_t pending() const { return queue_.size(); }
  // Sessions that went and were forgotten before the log was told: ghosts until this process ends.
  std::uint64_t forgotten() const { return forgotten_; }

 private:
  struct Entry {
    UserId user;
    bool here = true;
    bool told = false;     // The log believes that it is here.
    bool doubted = false;  // What the log believes is unknown.
    std::set<ChannelName> joined;
    std::set<ChannelName> news;  // Channels that the log has otherwise than `joined`.
    std::uint64_t place = 0;     // In `queue_`; 0 is none.
  };
  using Entries = std::map<SessionId, Entry>;  // In order, so that parts of them can be told.

  void Flip(Entry& entry, const ChannelName& channel);
  void Queue(Entries::iterator entry);
  void Unqueue(Entry& entry);
  void Erase(Entries::iterator entry);
  void Depart(Entries::iterator entry);

  const std::size_t departed_max_;
  Entries entries_;
  std::map<std::uint64_t, SessionId>
      queue_;  // By the order in which there came to be something to tell.
  std::uint64_t last_place_ = 0;
  std::set<std::uint64_t> departed_;  // Places of the sessions that are not here.
  std::uint64_t forgotten_ = 0;
};

}  // namespace parley::gateway
