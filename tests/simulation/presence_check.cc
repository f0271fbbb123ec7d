#include "tests/simulation/presence_check.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "tests/simulation/gateway_process.h"
#include "tests/simulation/presence_process.h"
#include "tests/simulation/world.h"

namespace parley::simulation {
namespace {

using presence::Registry;

std::vector<gateway::ToldSession> SessionsOf(const GatewayProcess& gateway) {
  std::vector<gateway::ToldSession> sessions;
  std::optional<SessionId> after = SessionId();
  while (after) {
    auto part = gateway.Snapshot(*after);
    if (!part) return {};
    sessions.insert(sessions.end(), part->told.sessions.begin(), part->told.sessions.end());
    after = part->told.next_after;
  }
  return sessions;
}

bool Knows(const Registry& registry, const gateway::ToldSession& session, const ServerId& server) {
  const auto known = registry.attendance().SessionsOf(session.user.value());
  return std::ranges::any_of(known, [&](const presence::PresentSession& candidate) {
    return candidate.id == session.id && candidate.server == server &&
           std::ranges::is_permutation(candidate.channels, session.channels);
  });
}

std::optional<std::string> WrongIn(const Registry& registry, const World& world) {
  std::size_t living = 0;
  for (const auto& gateway : world.gateways) {
    if (!gateway || !gateway->Snapshot(SessionId())) continue;  // It is dead, or has said `gone`.
    ++living;
    const presence::Server* const server = registry.FindServer(gateway->id());
    if (server == nullptr) return gateway->id().value() + " is missing";
    const auto sessions = SessionsOf(*gateway);
    if (registry.SessionsOn(*server) != sessions.size()) {
      return gateway->id().value() + " has " + std::to_string(sessions.size()) + " sessions, not " +
             std::to_string(registry.SessionsOn(*server));
    }
    for (const gateway::ToldSession& session : sessions) {
      if (!Knows(registry, session, gateway->id())) return session.user.value() + " is not known";
    }
  }
  if (registry.servers().size() != living) return "a gateway that is gone";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> WrongInPresence(const World& world) {
  for (std::size_t i = 0; i < world.presences.size(); ++i) {
    const auto& replica = world.presences[i];
    if (!replica || replica->process().stopped()) continue;
    const auto wrong = WrongIn(replica->directory().registry(), world);
    if (wrong) return "presence " + std::to_string(i) + ": " + *wrong;
  }
  return std::nullopt;
}

}  // namespace parley::simulation
