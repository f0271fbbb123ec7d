#include "services/gateway/session_loop.h"

#include <algorithm>
#include <random>

namespace parley::gateway {
namespace {

constexpr Duration kTick = std::chrono::milliseconds(250);

Refusal Draining() {
  return {edge::v1::ERROR_DRAINING, "this gateway is stopping; connect to another"};
}

}  // namespace

SessionLoop::SessionLoop(rpc::Loop& loop, const SessionConfig& session_config,
                         const PublisherConfig& publisher_config, const ServerId& server,
                         const SessionLoopPorts& ports, GatewayMetrics& metrics, const Clock& clock,
                         std::uint64_t seed)
    : loop_(loop),
      session_config_(session_config),
      server_(server),
      metrics_(metrics),
      clock_(clock),
      native_encoding_(metrics.sessions.encodings),
      uuids_(seed),
      log_writer_(ports.producer, loop, clock),
      publisher_(publisher_config, log_writer_, uuids_, metrics.publishes),
      inbox_(loop, hub_, publisher_, metrics.sessions, ports.backlog, clock),
      hub_({ports.feed, ports.roster, ports.announcer, inbox_, inbox_}, metrics.sessions) {
  ports.feed.Register(inbox_);
  loop_.Run([this] {
    loop_.Every(kTick, [this] {
      const TimePoint now = clock_.Now();
      publisher_.Tick(now);
      hub_.Tick(now);
    });
  });
}

void SessionLoop::DrainSome(std::size_t count, std::uint32_t reconnect_within_ms, Duration linger) {
  std::vector<Session*> staying;
  for (Session* session : hub_.sessions()) {
    if (!session->draining() && !session->closed()) staying.push_back(session);
  }
  // Not in the order of their arrival: those that came together should not go together.
  std::vector<Session*> chosen;
  std::mt19937_64 random(staying.size());
  std::sample(staying.begin(), staying.end(), std::back_inserter(chosen), count, random);
  const TimePoint close_at = clock_.Now() + linger;
  for (Session* session : chosen) session->Drain(reconnect_within_ms, close_at);
}

std::size_t SessionLoop::CloseAll() {
  std::size_t closed = 0;
  for (Session* session : hub_.sessions()) {
    if (session->closed()) continue;
    session->Close(Draining());
    ++closed;
  }
  return closed;
}

SessionLoop& LoopOf(const SessionLoops& loops, const rpc::Loop& loop) {
  const auto found = std::find_if(loops.begin(), loops.end(),
                                  [&](const auto& one) { return &one->loop() == &loop; });
  return **found;
}

}  // namespace parley::gateway
