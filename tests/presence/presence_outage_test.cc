#include <cstdio>
#include <thread>

#include "tests/presence/world.h"

namespace parley::presence_test {
namespace {

constexpr seconds kOutage{60};
constexpr seconds kPatience{60};

class PresenceOutageTest : public World {};

TEST_F(PresenceOutageTest, RegistryIsRightSoonAfterAllReplicasWereAway) {
  StartWorld(3);
  gateway(2).Kill();  // It starts in the outage.
  const std::string channel = Fresh("outage");
  Members dies(AddressOf(0), channel, "dies-", 50);
  Members lives(AddressOf(1), channel, "lives-", 50);
  ASSERT_TRUE(SecondsUntil([&] { return TotalIs(channel, 100); }, kPatience));

  for (std::size_t i = 0; i < 2; ++i) deployment().presence(i).Kill();
  gateway(0).Kill();
  gateway(2).Start();
  ASSERT_TRUE(gateway(2).WaitReady(kPatience));
  Members comes(AddressOf(2), channel, "comes-", 50);
  // Chat goes on: the newcomers' joins are answered.
  ASSERT_TRUE(SecondsUntil([&] { return comes.present() == 50; }, kPatience));
  EXPECT_EQ(lives.present(), 50U);
  std::this_thread::sleep_for(kOutage);  // The time is the point.

  for (std::size_t i = 0; i < 2; ++i) deployment().presence(i).Start();
  const auto has_living = [&](Replica& replica) {
    const auto roster = replica.Members(channel);
    return roster && roster->members.contains("lives-0") && roster->members.contains("comes-49");
  };
  const auto living = SecondsUntil([&] { return Everywhere(has_living); }, seconds(5));
  EXPECT_TRUE(living) << "who lives is not known after 5 s";
  const auto all = SecondsUntil(
      [&] {
        return TotalIs(channel, 100) && Lists({{gateway(0).name(), false},
                                               {gateway(1).name(), true},
                                               {gateway(2).name(), true}});
      },
      seconds(10));
  EXPECT_TRUE(all) << "the registry is not right after 15 s";
  std::printf("after the outage: who lives after %.1f s, all right %.1f s later\n",
              living.value_or(-1), all.value_or(-1));
}

}  // namespace
}  // namespace parley::presence_test
