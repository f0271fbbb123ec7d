#include "client/reconnect.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

namespace parley::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Backoff kBackoff = {.first = milliseconds(500), .most = seconds(20)};
const std::vector<std::string> kServers = {"a", "b", "c"};

TEST(ReconnectTest, WhoBeginsTriesEachServerOnceAndWithoutWaiting) {
  Chance chance(1);
  Reconnect reconnect(kServers, kBackoff, chance);
  std::set<std::string> tried;
  for (std::uint32_t i = 1; i <= 3; ++i) {
    const Reconnect::Attempt attempt = reconnect.Next();
    EXPECT_EQ(attempt.wait, Duration::zero());
    EXPECT_EQ(attempt.number, i);
    tried.insert(attempt.server);
  }
  EXPECT_EQ(tried.size(), 3U);
}

TEST(ReconnectTest, TheServerThatWasLostIsTriedLast) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Chance chance(seed);
    Reconnect reconnect(kServers, kBackoff, chance);
    const std::string lost = reconnect.Next().server;
    reconnect.OnWelcome();
    reconnect.OnWorking();
    EXPECT_NE(reconnect.Next().server, lost);
    EXPECT_NE(reconnect.Next().server, lost);
    EXPECT_EQ(reconnect.Next().server, lost);
  }
}

TEST(ReconnectTest, DifferentSeedsBeginWithDifferentServers) {
  std::set<std::string> first;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Chance chance(seed);
    first.insert(Reconnect(kServers, kBackoff, chance).Next().server);
  }
  EXPECT_EQ(first.size(), 3U);
}

// The longest and the sum of the waits before the n-th attempt after a loss, over many seeds.
struct Waits {
  Duration longest{};
  Duration average{};
};
Waits WaitsBefore(int attempt, const std::vector<std::string>& servers) {
  constexpr int kSeeds = 400;
  Waits waits;
  for (int seed = 0; seed < kSeeds; ++seed) {
    Chance chance(static_cast<std::uint64_t>(seed));
    Reconnect reconnect(servers, kBackoff, chance);
    (void)reconnect.Next();
    reconnect.OnWelcome();
    reconnect.OnWorking();
    for (int i = 1; i < attempt; ++i) (void)reconnect.Next();
    const Duration wait = reconnect.Next().wait;
    waits.longest = std::max(waits.longest, wait);
    waits.average += wait / kSeeds;
  }
  return waits;
}

TEST(ReconnectTest, WaitsAreSpreadOverABoundThatDoublesWithEachRound) {
  const struct {
    int attempt;
    std::vector<std::string> servers;
    Duration bound;
  } cases[] = {{1, {"a"}, milliseconds(500)}, {2, {"a"}, seconds(1)},
               {4, {"a"}, seconds(4)},        {7, {"a"}, seconds(20)},
               {100, {"a"}, seconds(20)},     {3, kServers, milliseconds(500)},
               {4, kServers, seconds(1)}};
  for (const auto& each : cases) {
    const Waits waits = WaitsBefore(each.attempt, each.servers);
    EXPECT_LE(waits.longest, each.bound) << each.attempt;
    EXPECT_GT(waits.longest, each.bound * 9 / 10) << each.attempt;
    EXPECT_GT(waits.average, each.bound * 4 / 10) << each.attempt;
    EXPECT_LT(waits.average, each.bound * 6 / 10) << each.attempt;
  }
}

TEST(ReconnectTest, AfterADrainTheFirstAttemptIsAtOnce) {
  Chance chance(1);
  Reconnect reconnect(kServers, kBackoff, chance);
  (void)reconnect.Next();
  reconnect.OnWelcome();
  reconnect.OnDrained();
  EXPECT_EQ(reconnect.Next().wait, Duration::zero());
  EXPECT_NE(reconnect.Next().wait, Duration::zero());
}

TEST(ReconnectTest, AServerThatTakesSessionsAndDropsThemIsBackedOffFrom) {
  Chance chance(1);
  Reconnect reconnect({"a"}, kBackoff, chance);
  Duration waited{};
  for (int i = 0; i < 20; ++i) {
    waited += reconnect.Next().wait;
    reconnect.OnWelcome();  // And nothing that works.
  }
  EXPECT_GT(waited, seconds(60));
}

}  // namespace
}  // namespace parley::client
