#include "services/presence/registry/registry.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace parley::presence {
namespace {

using Type = ConnectionEvent::Type;

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
  const bool hole = event.revision > expected;
  server->revision = std::max(server->revision, event.revision);
  server->incomplete |= hole;

  Verdict verdict = Verdict::kApplied;
  if (IsChange(event.type)) {
    verdict = ApplyToSessions(*server, event, changes);
    // What was refused is missing here, and the next revision will not tell.
    server->incomplete |= verdict == Verdict::kRefused;
  } else {
    Note(*server, event, changes);
  }
  return {verdict, hole};
}

void Registry::Drop(const ServerId& server, Changes& changes) {
  RemoveServer(server, /*said_gone=*/false, changes);
}

const Server* Registry::FindServer(const ServerId& server) const {
  const auto found = servers_.find(server);
  return found == servers_.end() ? nullptr : &found->second;
}

const Registry::Members& Registry::MembersOf(const ChannelName& channel) const {
  static const Members kNobody;
  const auto found = channels_.find(channel);
  return found == channels_.end() ? kNobody : found->second;
}

const Registry::UserSessions& Registry::SessionsOf(const UserId& user) const {
  static const UserSessions kNone;
  const auto found = users_.find(user);
  return found == users_.end() ? kNone : found->second;
}

bool Registry::IsOld(const ConnectionEvent& event) const {
  if (const Server* const server = FindServer(event.server)) {
    if (event.epoch != server->epoch) return event.epoch < server->epoch;
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
    if (server.epoch == event.epoch) return &server;
    RemoveSessions(server, changes);
    server = Server{.id = event.server, .epoch = event.epoch, .heard_at = now};
    changes.servers.push_back({event.server, true});
    return &server;
  }
  if (servers_.size() >= limits_.servers_max) return nullptr;
  changes.servers.push_back({event.server, true});
  Server fresh{.id = event.server, .epoch = event.epoch, .heard_at = now};
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
  if (event.type == Type::kDisconnect) {
    RemoveSession(server, event.session, changes);
    return Verdict::kApplied;
  }
  if (event.type == Type::kLeave) {
    const auto found = server.sessions.find(event.session);
    if (found != server.sessions.end()) LeaveChannel(found->second, event.channel, changes);
    return Verdict::kApplied;
  }
  // A second `connect` begins the session anew.
  if (event.type == Type::kConnect) RemoveSession(server, event.session, changes);
  Session* const session = FindOrAddSession(server, event);
  if (session == nullptr) return Verdict::kRefused;
  if (event.type == Type::kConnect) return Verdict::kApplied;
  return JoinChannel(*session, event.channel, changes) ? Verdict::kApplied : Verdict::kRefused;
}

// A join whose `connect` is missing still says all that there is to know.
Session* Registry::FindOrAddSession(Server& server, const ConnectionEvent& event) {
  const auto found = server.sessions.find(event.session);
  if (found != server.sessions.end()) return &found->second;
  if (sessions_ >= limits_.sessions_max) return nullptr;
  Session fresh{.id = event.session, .server = server.id, .user = event.user};
  Session* const session = &server.sessions.emplace(event.session, std::move(fresh)).first->second;
  users_[session->user].insert(session);
  ++sessions_;
  return session;
}

bool Registry::JoinChannel(Session& session, const ChannelName& channel, Changes& changes) {
  if (std::find(session.channels.begin(), session.channels.end(), channel) !=
      session.channels.end()) {
    return true;
  }
  if (session.channels.size() >= limits_.channels_per_session_max) return false;
  session.channels.push_back(channel);
  if (++channels_[channel][session.user] == 1)
    changes.memberships.push_back({channel, session.user, true});
  return true;
}

void Registry::LeaveChannel(Session& session, const ChannelName& channel, Changes& changes) {
  const auto joined = std::find(session.channels.begin(), session.channels.end(), channel);
  if (joined == session.channels.end()) return;
  session.channels.erase(joined);
  CountOut(channel, session.user, changes);
}

void Registry::CountOut(const ChannelName& channel, const UserId& user, Changes& changes) {
  const auto members = channels_.find(channel);
  assert(members != channels_.end());
  const auto member = members->second.find(user);
  assert(member != members->second.end() && member->second > 0);
  if (--member->second > 0) return;
  members->second.erase(member);
  if (members->second.empty()) channels_.erase(members);
  changes.memberships.push_back({channel, user, false});
}

void Registry::RemoveSession(Server& server, const SessionId& id, Changes& changes) {
  const auto found = server.sessions.find(id);
  if (found == server.sessions.end()) return;
  const Session& session = found->second;
  for (const ChannelName& channel : session.channels) CountOut(channel, session.user, changes);
  const auto user = users_.find(session.user);
  assert(user != users_.end());
  user->second.erase(&session);
  if (user->second.empty()) users_.erase(user);
  server.sessions.erase(found);
  --sessions_;
}

void Registry::RemoveSessions(Server& server, Changes& changes) {
  while (!server.sessions.empty()) {
    const SessionId id = server.sessions.begin()->first;
    RemoveSession(server, id, changes);
  }
}

void Registry::RemoveServer(const ServerId& id, bool said_gone, Changes& changes) {
  const auto found = servers_.find(id);
  if (found == servers_.end()) return;
  Server& server = found->second;
  RemoveSessions(server, changes);
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
