#include "tests/unit/presence/walked_servers.h"

#include <algorithm>
#include <iterator>

namespace parley::presence {
namespace {

constexpr unsigned kServers = 4;
constexpr std::int64_t kHeartbeatMs = 2'000;

}  // namespace

std::string Numbered(const std::string& kind, unsigned number) {
  return kind + "-" + std::to_string(number);
}

WalkedServers::WalkedServers(WalkedDice& dice) : dice_(dice) {
  for (unsigned server = 0; server < kServers; ++server) servers_[Numbered("server", server)];
}

void WalkedServers::Move(std::int64_t now) {
  now_ = now;
  auto& [name, server] = *std::next(servers_.begin(), dice_.Roll(kServers));
  if (!server.gateway) {
    if (dice_.Chance(20)) Start(name, server);
    return;
  }
  switch (dice_.Roll(40)) {
    case 0:
      return Restart(name, server);
    case 1:
      Write(server, server.gateway->source().Gone());
      return server.gateway.reset();
    case 2:
      return server.gateway.reset();  // As kill -9 does.
    case 3:
      server.cut_off_until = now_ + dice_.Roll(15'000);
      return;
    case 4:
    case 5:
      return Repeat(server);
    default:
      return ChangeSessions(server);
  }
}

void WalkedServers::Beat(std::int64_t now) {
  now_ = now;
  for (auto& [name, server] : servers_) {
    if (!server.gateway || now_ - server.beat_at < kHeartbeatMs) continue;
    server.beat_at = now_;
    Write(server, server.gateway->source().Heartbeat());
  }
}

void WalkedServers::Calm() {
  faults_ = false;
  for (auto& [name, server] : servers_) server.cut_off_until = 0;
}

void WalkedServers::Write(WalkedServer& server, const ConnectionEvent& event) {
  if (now_ < server.cut_off_until || (faults_ && dice_.Chance(4))) return;
  server.log.push_back(event);
}

void WalkedServers::ChangeSessions(WalkedServer& server) {
  WalkedGateway& gateway = *server.gateway;
  if (gateway.seats().empty() || dice_.Chance(25)) {
    const std::string session = Numbered("session", ++last_session_);
    return Write(server, gateway.Connect(session, Numbered("user", dice_.Roll(kUsers))));
  }
  const auto seat = std::next(gateway.seats().begin(), dice_.Roll(gateway.seats().size()));
  const std::string session = seat->first;
  const std::string channel = Numbered("channel", dice_.Roll(kChannels));
  switch (dice_.Roll(6)) {
    case 0:
      return Write(server, gateway.Disconnect(session));
    case 1:
      return Write(server, gateway.Leave(session, channel));
    default:
      return Write(server, gateway.Join(session, channel));
  }
}

void WalkedServers::Start(const std::string& name, WalkedServer& server) {
  server.gateway = std::make_unique<WalkedGateway>(name, ++last_epoch_);
  server.beat_at = 0;
}

// The records of the process before may come after those of the new one.
void WalkedServers::Restart(const std::string& name, WalkedServer& server) {
  const std::unique_ptr<WalkedGateway> old = std::move(server.gateway);
  Start(name, server);
  Write(server, server.gateway->source().Heartbeat());
  if (dice_.Chance(50)) Write(server, old->Connect("late", "ghost"));
  if (dice_.Chance(50)) Write(server, old->source().Join("late", "ghost", "channel-0"));
  if (dice_.Chance(50)) Write(server, old->source().Heartbeat());
  if (dice_.Chance(30)) Write(server, old->source().Gone());
}

void WalkedServers::Repeat(WalkedServer& server) {
  const std::size_t from = server.log.size() - std::min<std::size_t>(server.log.size(), 12);
  const std::size_t to = std::min<std::size_t>(server.log.size(), from + dice_.Roll(6));
  const std::vector<ConnectionEvent> again(server.log.begin() + static_cast<std::ptrdiff_t>(from),
                                           server.log.begin() + static_cast<std::ptrdiff_t>(to));
  for (const ConnectionEvent& event : again) {
    // A gateway repeats its own last word only.
    if (event.type != Type::kGone) Write(server, event);
  }
}

}  // namespace parley::presence
