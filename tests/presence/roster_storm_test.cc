#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "tests/presence/world.h"

namespace parley::presence_test {
namespace {

constexpr std::size_t kMembers = 5'000;
constexpr std::size_t kChangesPerSecond = 500;
constexpr int kStormSeconds = 20;
constexpr seconds kPatience{180};

class RosterStormTest : public World {};

TEST_F(RosterStormTest, MembersOfALargeChannelAreToldAtMostOnceASecond) {
  StartWorld(2);
  const std::string channel = Fresh("storm");
  Members sample(AddressOf(0), channel, "sample-", 20);
  Members crowd(AddressOf(1), channel, "crowd-", kMembers - 20);
  ASSERT_TRUE(SecondsUntil([&] { return TotalIs(channel, kMembers); }, kPatience));
  ASSERT_TRUE(SecondsUntil([&] { return sample.told().members == kMembers; }, kPatience));

  sample.ForgetTold();
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t change = 0; change < kStormSeconds * kChangesPerSecond; ++change) {
    std::this_thread::sleep_until(begin + std::chrono::microseconds(1'000'000 / kChangesPerSecond) *
                                              static_cast<long>(change));
    const std::size_t member = change / 2 % 1'000;
    change % 2 == 0 ? crowd.Leave(member) : crowd.Join(member);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  const Members::Told told = sample.told();
  std::printf("%zu changes in %.1f s: %zu presence events at a member\n",
              kStormSeconds * kChangesPerSecond, took.count(), told.events);
  EXPECT_LE(static_cast<double>(told.events), took.count() + 1);
  EXPECT_TRUE(told.joined.empty());
  EXPECT_TRUE(told.left.empty());
  EXPECT_TRUE(SecondsUntil([&] { return sample.told().members == kMembers; }, seconds(4)))
      << "the last count is not right";
}

}  // namespace
}  // namespace parley::presence_test
