#include "services/presence/registry/registry.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string_view>
#include <utility>

#include "services/common/plant.h"
#include "services/common/text.h"

namespace parley::presence {
namespace {

using Type = ConnectionEvent::Type;

// No event has a higher one.
constexpr std::uint64_t kRevisionMax = std::numeric_limits<std::int64_t>::max();

bool IsChange(Type type) {
  return type == Type::kConnect || type == Type::kJoin || type == Type::kLeave ||
         type == Type::kDisconnect;
}

}  // namespace

Registry::Registry(RegistryLimits limits) : limits_(limits) {}

Applied Registry::Apply(const ConnectionEvent& event, TimePoint now, Changes& changes) {
  if (IsOld(event)) return {.verdict = Verdict::kOld};
  if (event.type == Type::kGone) {
    RemoveServer(event.server, /*said_gone=*/true, changes);
    Remember(event.server, {event.epoch, event.revision, /*said_gone=*/true});
    return {};
  }
  Server* const server = FindOrAdd(event, now, changes);
  if (server == nullptr) return {.verdict = Verdict::kRefused};
  server->heard_at = now;

  // A change is the next revision; the others repeat the last one.
  const std::uint64_t expected = server->revision + (IsChange(event.type) ? 1 : 0);
  const bool hole = event.revision > expected && !Planted("ignore-hole");
  server->began_late |= hole && server->revision == 0;
  server->incomplete |= hole;
  server->revision = std::max(server->revision, event.revision);

  Verdict verdict = Verdict::kApplied;
  if (IsChange(event.type)) {
    verdict = ApplyToSessions(*server, event, changes);
    server->truncated |= verdict == Verdict::kRefused;
  } else {
    Note(*server, event, changes);
  }
  return {verdict, hole};
}

bool Registry::Replace(const SnapshotAnswer& answer, Changes& changes) {
  const auto found = servers_.find(answer.server);
  if (found == servers_.end() || found->second.epoch != answer.epoch) return false;
  Server& server = found->second;
  attendance_.Unmark(server.number);
  std::optional<std::uint64_t> revision;
  bool whole = true;
  internal::v1::SessionsPage page;
  for (const std::string& bytes : answer.pages) {
    if (!page.ParseFromString(bytes) || page.server_id() != server.id.value() ||
        page.epoch() != server.epoch || page.revision() > kRevisionMax ||
        page.revision() != revision.value_or(page.revision())) {
      return false;
    }
    revision = page.revision();
    for (const auto& session : page.sessions()) whole = Restore(server, session, changes) && whole;
  }
  if (!revision) return false;
  attendance_.RemoveUnmarked(server.number, changes);
  server.revision = *revision;
  server.incomplete = false;
  server.began_late = false;
  server.truncated = !whole;
  changes.servers.push_back({server.id, true});
  return true;
}

void Registry::StartAgain(const ServerId& id, Changes& changes) {
  const auto found = servers_.find(id);
  if (found == servers_.end() || !std::exchange(found->second.began_late, false)) return;
  Server& server = found->second;
  attendance_.RemoveSessions(server.number, changes);
  server.revision = 0;
  server.incomplete = false;
}

void Registry::Drop(const ServerId& server, Changes& changes) {
  RemoveServer(server, /*said_gone=*/false, changes);
}

const Server* Registry::FindServer(const ServerId& server) const {
  const auto found = servers_.find(server);
  return found == servers_.end() ? nullptr : &found->second;
}

bool Registry::IsOld(const ConnectionEvent& event) const {
  if (const Server* const server = FindServer(event.server)) {
    if (event.epoch != server->epoch && !Planted("ignore-epoch")) {
      return event.epoch < server->epoch;
    }
    return IsChange(event.type) && event.revision <= server->revision;
  }
  const auto found = departed_.find(event.server);
  if (found == departed_.end()) return false;
  const Departed& departed = found->second;
  if (event.epoch != departed.epoch) return event.epoch < departed.epoch;
  return departed.said_gone || (IsChange(event.type) && event.revision <= departed.revision);
}

Server* Registry::FindOrAdd(const ConnectionEvent& event, TimePoint now, Changes& changes) {
  const auto found = servers_.find(event.server);
  if (found != servers_.end()) {
    Server& server = found->second;
    if (server.epoch == event.epoch || Planted("ignore-epoch")) return &server;
    attendance_.RemoveSessions(server.number, changes);
    server =
        Server{.id = event.server, .epoch = event.epoch, .heard_at = now, .number = server.number};
    changes.servers.push_back({event.server, true});
    return &server;
  }
  if (servers_.size() >= limits_.servers_max) return nullptr;
  changes.servers.push_back({event.server, true});
  Server fresh{.id = event.server, .epoch = event.epoch, .heard_at = now};
  fresh.number = attendance_.AddServer(event.server);
  return &servers_.emplace(event.server, std::move(fresh)).first->second;
}

// Takes from a heartbeat what it says of the server.
void Registry::Note(Server& server, const ConnectionEvent& event, Changes& changes) {
  // A server that drains does not come back from it.
  const bool draining = server.draining || event.type == Type::kDraining;
  if (server.link_address == event.link_address && server.grpc_address == event.grpc_address &&
      server.draining == draining) {
    return;
  }
  server.link_address = event.link_address;
  server.grpc_address = event.grpc_address;
  server.draining = draining;
  changes.servers.push_back({server.id, true});
}

Verdict Registry::ApplyToSessions(Server& server, const ConnectionEvent& event, Changes& changes) {
  const SlotNumber known = attendance_.Find(server.number, event.session.value());
  if (event.type == Type::kDisconnect) {
    if (known != kNoSlot) attendance_.Remove(known, changes);
    return Verdict::kApplied;
  }
  if (event.type == Type::kLeave) {
    if (known != kNoSlot) attendance_.Leave(known, event.channel.value(), changes);
    return Verdict::kApplied;
  }
  // A second `connect` begins the session anew.
  if (event.type == Type::kConnect && known != kNoSlot) attendance_.Remove(known, changes);
  const auto session = FindOrAddSession(server, event.session.value(), event.user.value());
  if (!session) return Verdict::kRefused;
  if (event.type == Type::kConnect) return Verdict::kApplied;
  return Join(*session, event.channel.value(), changes) ? Verdict::kApplied : Verdict::kRefused;
}

bool Registry::Join(SlotNumber session, const std::string& channel, Changes& changes) {
  return attendance_.joins() < limits_.joins_max &&
         attendance_.Join(session, channel, limits_.channels_per_session_max, changes);
}

// A join whose `connect` is missing still says all that there is to know.
std::optional<SlotNumber> Registry::FindOrAddSession(const Server& server,
                                                     const std::string& session,
                                                     const std::string& user) {
  const SlotNumber known = attendance_.Find(server.number, session);
  if (known != kNoSlot) return known;
  if (attendance_.sessions() >= limits_.sessions_max) return std::nullopt;
  return attendance_.Add(server.number, session, user);
}

// False when a limit keeps something out.
bool Registry::Restore(const Server& server, const internal::v1::SessionState& state,
                       Changes& changes) {
  if (!IsName(state.session_id(), kSessionBytesMax) || !IsName(state.user(), kUserBytesMax)) {
    return true;
  }
  const SlotNumber known = attendance_.Find(server.number, state.session_id());
  if (known != kNoSlot && attendance_.UserOf(known) != state.user()) {
    attendance_.Remove(known, changes);
  }
  const auto session = FindOrAddSession(server, state.session_id(), state.user());
  if (!session) return false;
  if (attendance_.Mark(*session)) {
    const std::set<std::string_view> channels(state.channels().begin(), state.channels().end());
    attendance_.LeaveAllBut(*session, channels, changes);
  }
  bool whole = true;
  for (const std::string& channel : state.channels()) {
    if (!IsName(channel, kChannelBytesMax)) continue;
    whole = Join(*session, channel, changes) && whole;
  }
  return whole;
}

void Registry::RemoveServer(const ServerId& id, bool said_gone, Changes& changes) {
  const auto found = servers_.find(id);
  if (found == servers_.end()) return;
  Server& server = found->second;
  attendance_.RemoveServer(server.number, changes);
  Remember(id, {server.epoch, server.revision, said_gone});
  servers_.erase(found);
  changes.servers.push_back({id, false});
}

void Registry::Remember(const ServerId& id, Departed departed) {
  const auto [known, fresh] = departed_.insert_or_assign(id, departed);
  if (!fresh) return;
  departed_order_.push_back(id);
  if (departed_order_.size() <= limits_.departed_max) return;
  departed_.erase(departed_order_.front());
  departed_order_.pop_front();
}

}  // namespace parley::presence
