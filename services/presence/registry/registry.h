#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "services/common/clock.h"
#include "services/common/connection_event.h"
#include "services/common/ids.h"
#include "services/presence/registry/changes.h"

namespace parley::presence {

struct RegistryLimits {
  std::size_t servers_max = 10'000;
  std::size_t sessions_max = 2'000'000;  // On all servers together.
  std::size_t channels_per_session_max = 1'000;
  std::size_t departed_max =
      10'000;  // Servers remembered after they went; the oldest is forgotten.
};

struct Session {
  SessionId id;
  ServerId server;
  UserId user;
  std::vector<ChannelName> channels{};
};

// A gateway that lives, as far as the log tells.
struct Server {
  ServerId id;
  std::int64_t epoch = 0;
  std::uint64_t revision = 0;  // The newest change of it that is applied, or known to be missing.
  TimePoint heard_at{};        // When its last event was applied.
  std::string link_address{};
  std::string grpc_address{};
  bool draining = false;
  // A revision was missing: the sessions held here may differ from the server's own.
  bool incomplete = false;
  std::unordered_map<SessionId, Session> sessions{};
};

// What became of one event.
enum class Verdict {
  kApplied,  // Including heartbeats, which change nothing but the time.
  kOld,      // Of an older epoch, or a revision that is applied already.
  kRefused,  // A limit is reached.
};

struct Applied {
  Verdict verdict = Verdict::kApplied;
  bool hole = false;  // Revisions before this one are missing.
};

// Who is where: servers, their sessions, users, and the members of channels counted per user. Built
// by applying the events of `user-connections` in the order of the log. An event says of itself
// where it belongs by (server, epoch, revision), so that nothing repeated or late does harm:
//   - a newer epoch replaces the server and drops its old sessions; an older one is ignored,
//   - a revision up to the known one is ignored; one that leaves a hole is applied, and the server
//   marked incomplete,
//   - a server that went is remembered, so that its late events do not bring it back. After `gone`
//   only a newer epoch
//     does; after a drop (`Drop`) also a sign of life, because a server that was silent may come
//     back.
//
// Pure: no clock, lock or I/O.
class Registry {
 public:
  using Members =
      std::map<UserId, std::uint32_t>;  // Sessions of each user in the channel, at least 1.
  using UserSessions = std::unordered_set<const Session*>;

  explicit Registry(RegistryLimits limits = {});

  // Adds what changed to `changes`.
  [[nodiscard]] Applied Apply(const ConnectionEvent& event, TimePoint now, Changes& changes);

  // Takes a silent server away, with its sessions. No effect on one that is not there.
  void Drop(const ServerId& server, Changes& changes);

  const std::map<ServerId, Server>& servers() const { return servers_; }
  // In the order of names. No channel is empty.
  const std::map<ChannelName, Members>& channels() const { return channels_; }
  std::size_t sessions() const { return sessions_; }
  std::size_t users() const { return users_.size(); }

  const Server* FindServer(const ServerId& server) const;
  // Nobody where the channel is not known.
  const Members& MembersOf(const ChannelName& channel) const;
  // Pointers are good until the next change.
  const UserSessions& SessionsOf(const UserId& user) const;

 private:
  struct Departed {
    std::int64_t epoch = 0;
    std::uint64_t revision = 0;
    bool said_gone = false;
  };

  bool IsOld(const ConnectionEvent& event) const;
  Server* FindOrAdd(const ConnectionEvent& event, TimePoint now, Changes& changes);
  void Note(Server& server, const ConnectionEvent& event, Changes& changes);
  Verdict ApplyToSessions(Server& server, const ConnectionEvent& event, Changes& changes);
  Session* FindOrAddSession(Server& server, const ConnectionEvent& event);
  bool JoinChannel(Session& session, const ChannelName& channel, Changes& changes);
  void LeaveChannel(Session& session, const ChannelName& channel, Changes& changes);
  void CountOut(const ChannelName& channel, const UserId& user, Changes& changes);
  void RemoveSession(Server& server, const SessionId& session, Changes& changes);
  void RemoveSessions(Server& server, Changes& changes);
  void RemoveServer(const ServerId& id, bool said_gone, Changes& changes);
  void Remember(const ServerId& id, Departed departed);

  const RegistryLimits limits_;
  std::map<ServerId, Server> servers_;
  std::map<ChannelName, Members> channels_;
  std::unordered_map<UserId, UserSessions> users_;
  std::size_t sessions_ = 0;
  std::unordered_map<ServerId, Departed> departed_;
  std::deque<ServerId> departed_order_;  // Oldest first; each id of `departed_` once.
};

}  // namespace parley::presence
