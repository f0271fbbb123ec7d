#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "parley/internal/v1/sessions.pb.h"
#include "services/common/clock.h"
#include "services/common/connection_event.h"
#include "services/common/ids.h"
#include "services/presence/registry/attendance.h"
#include "services/presence/registry/changes.h"
#include "services/presence/registry/snapshot.h"

namespace parley::presence {

struct RegistryLimits {
  std::size_t servers_max = 10'000;
  std::size_t sessions_max = 2'000'000;  // On all servers together.
  std::size_t channels_per_session_max = 10'000;
  std::size_t joins_max = 20'000'000;  // Channels of all sessions together.
  std::size_t departed_max =
      10'000;  // Servers remembered after they went; the oldest is forgotten.
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
  // It had made changes before the first of its events that was applied.
  bool began_late = false;
  // A limit was reached, so that some of its sessions or channels are not held here.
  bool truncated = false;
  SlotNumber number = kNoSlot;  // In the attendance.
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

// Which servers live, and who is on them. Built by applying the events of `user-connections` in the
// order of the log. An event says of itself where it belongs by (server, epoch, revision), so that
// nothing repeated or late does harm:
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
  explicit Registry(RegistryLimits limits = {});

  // Adds what changed to `changes`.
  [[nodiscard]] Applied Apply(const ConnectionEvent& event, TimePoint now, Changes& changes);

  // Replaces what is known of a server's sessions by what it says itself, as of its revision. False
  // when it is not the process that was asked, or the pages cannot be read; then no session was
  // removed, and the server is as incomplete as it was.
  [[nodiscard]] bool Replace(const SnapshotAnswer& answer, Changes& changes);

  // The log comes again from its beginning, and with it all that there is of a server that began
  // late: it is known anew from there. No effect on others.
  void StartAgain(const ServerId& server, Changes& changes);

  // Takes a silent server away, with its sessions. No effect on one that is not there.
  void Drop(const ServerId& server, Changes& changes);

  const std::map<ServerId, Server>& servers() const { return servers_; }
  const Server* FindServer(const ServerId& server) const;
  std::size_t SessionsOn(const Server& server) const {
    return attendance_.SessionsOn(server.number);
  }
  const Attendance& attendance() const { return attendance_; }

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
  std::optional<SlotNumber> FindOrAddSession(const Server& server, const std::string& session,
                                             const std::string& user);
  bool Restore(const Server& server, const internal::v1::SessionState& state, Changes& changes);
  bool Join(SlotNumber session, const std::string& channel, Changes& changes);
  void RemoveServer(const ServerId& id, bool said_gone, Changes& changes);
  void Remember(const ServerId& id, Departed departed);

  const RegistryLimits limits_;
  std::map<ServerId, Server> servers_;
  Attendance attendance_;
  std::unordered_map<ServerId, Departed> departed_;
  std::deque<ServerId> departed_order_;  // Oldest first; each id of `departed_` once.
};

}  // namespace parley::presence
