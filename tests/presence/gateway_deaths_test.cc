#include <cstdio>

#include "tests/presence/world.h"

namespace parley::presence_test {
namespace {

constexpr std::size_t kUsers = 1'000;
constexpr seconds kLeftWithin{12};
constexpr seconds kPatience{60};

class GatewayDeathsTest : public World {
 protected:
  // Of so many gateways the first `killed` die together; their users leave every roster, the others
  // stay, and members on the last gateway are told.
  void KillAndSee(std::size_t gateways, std::size_t killed) {
    StartWorld(gateways);
    const std::string channel = Fresh("deaths");
    Members stays(AddressOf(gateways - 1), channel, "stays-", 3);
    std::vector<std::unique_ptr<Members>> lost;
    for (std::size_t i = 0; i < killed; ++i) {
      lost.push_back(std::make_unique<Members>(AddressOf(i), channel,
                                               "lost-" + std::to_string(i) + "-", kUsers / killed));
    }
    ASSERT_TRUE(SecondsUntil([&] { return TotalIs(channel, kUsers + 3); }, kPatience));
    stays.ForgetTold();

    std::map<std::string, bool> listed = {{gateway(gateways - 1).name(), true}};
    for (std::size_t i = 0; i < killed; ++i) {
      gateway(i).Kill();
      listed[gateway(i).name()] = false;
    }
    const auto right =
        SecondsUntil([&] { return TotalIs(channel, 3) && Lists(listed); }, kLeftWithin);
    EXPECT_TRUE(right) << "after 12 s a replica knows dead users or gateways";
    EXPECT_TRUE(SecondsUntil([&] { return stays.told().members == 3; }, seconds(2)));
    std::printf("%zu of %zu gateways killed: every roster was right after %.1f s\n", killed,
                gateways, right.value_or(-1));
    EXPECT_EQ(stays.present(), 3U);
  }
};

TEST_F(GatewayDeathsTest, OneOfTwoIsKilled) { KillAndSee(2, 1); }

TEST_F(GatewayDeathsTest, TwoOfThreeAreKilledTogether) { KillAndSee(3, 2); }

TEST_F(GatewayDeathsTest, RestartAtOnceUnderTheSameNameLeavesNeitherGhostsNorMissingUsers) {
  StartWorld(2);
  const std::string channel = Fresh("restart");
  Members before(AddressOf(0), channel, "before-", 100);
  Members elsewhere(AddressOf(1), channel, "elsewhere-", 10);
  ASSERT_TRUE(SecondsUntil([&] { return TotalIs(channel, 110); }, kPatience));
  gateway(0).Kill();
  gateway(0).Start();
  ASSERT_TRUE(gateway(0).WaitReady(kPatience));
  Members after(AddressOf(0), channel, "after-", 50);
  ASSERT_TRUE(SecondsUntil([&] { return after.present() == 50; }, kPatience));
  const auto right = SecondsUntil([&] { return TotalIs(channel, 60); }, seconds(4));
  EXPECT_TRUE(right);
  std::printf("restart: right %.1f s after the last had joined again\n", right.value_or(-1));
}

TEST_F(GatewayDeathsTest, UserWithTwoDevicesStaysUntilBothAreClosed) {
  StartWorld(2);
  const std::string channel = Fresh("devices");
  Members one(AddressOf(0), channel, "ann-", 1);
  Members other(AddressOf(1), channel, "ann-", 1);
  const auto sessions_are = [&](unsigned sessions) {
    return Everywhere([&](Replica& replica) {
      const auto roster = replica.Members(channel);
      return roster && roster->members == std::map<std::string, unsigned>{{"ann-0", sessions}};
    });
  };
  ASSERT_TRUE(SecondsUntil([&] { return sessions_are(2); }, kPatience));
  other.ForgetTold();
  one.Close(0);
  EXPECT_TRUE(SecondsUntil([&] { return sessions_are(1); }, seconds(4)));
  EXPECT_TRUE(other.told().left.empty());
  other.Close(0);
  EXPECT_TRUE(SecondsUntil([&] { return TotalIs(channel, 0); }, seconds(4)));
}

}  // namespace
}  // namespace parley::presence_test
