#include "services/gateway/drainer.h"

#include <algorithm>
#include <thread>

namespace parley::gateway {
namespace {

constexpr std::chrono::milliseconds kStep{100};
// Sessions look at the time only now and then: who was asked last is closed by itself.
constexpr std::chrono::milliseconds kTickSlack{500};
// What clients are told; the spreading is ours.
constexpr std::uint32_t kReconnectWithinMs = 1000;

// Asks about `count` sessions more, spread over the loops.
void Ask(const SessionLoops& loops, std::size_t count, Duration linger) {
  if (count == 0) return;
  const std::size_t share = (count + loops.size() - 1) / loops.size();
  for (const auto& loop : loops) {
    loop->loop().Run([&] { loop->DrainSome(share, kReconnectWithinMs, linger); });
  }
}

}  // namespace

double DrainRate(std::size_t sessions, std::chrono::milliseconds window) {
  constexpr double kLeast = 10;
  constexpr double kMost = 500;
  const double seconds = std::chrono::duration<double>(window).count();
  if (seconds <= 0) return kMost;
  return std::clamp(static_cast<double>(sessions) / seconds, kLeast, kMost);
}

std::size_t DrainSessions(const DrainConfig& config, const SessionLoops& loops,
                          const Admission& admission, SessionMetrics& metrics, const Clock& clock) {
  const std::size_t sessions = admission.sessions();
  const double rate = DrainRate(sessions, config.window);
  constexpr std::chrono::milliseconds zero{0};
  const bool at_once = config.window <= zero;
  const TimePoint started = clock.Now();
  const TimePoint end = started + config.window + config.linger + (at_once ? zero : kTickSlack);
  std::size_t asked = 0;
  while (admission.sessions() > 0) {
    const std::chrono::duration<double> elapsed = clock.Now() - started + kStep;
    const auto due = at_once ? sessions : static_cast<std::size_t>(rate * elapsed.count());
    Ask(loops, due - asked, config.linger);
    asked = due;
    if (clock.Now() >= end) break;
    std::this_thread::sleep_for(kStep);
  }
  std::size_t forced = 0;
  for (const auto& loop : loops) {
    loop->loop().Run([&] { forced += loop->CloseAll(); });
  }
  metrics.drain_sessions_forced.Increment(static_cast<double>(forced));
  return forced;
}

}  // namespace parley::gateway
