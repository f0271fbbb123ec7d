#include <cstdio>

#include "tests/presence/members.h"
#include "tests/presence/world.h"

namespace parley::presence_test {
namespace {

constexpr seconds kHealsWithin{4};
constexpr seconds kPatience{60};

class ReturnTest : public World {};

TEST_F(ReturnTest, RestartAtOnceUnderTheSameNameLeavesNeitherGhostsNorMissingUsers) {
  constexpr std::size_t kUsers = 100;
  StartWorld(2);
  const std::string channel = Fresh("restart");
  Members before;
  before.AddMany(AddressOf(0), channel, "user-", kUsers);
  Members elsewhere;
  elsewhere.AddMany(AddressOf(1), channel, "elsewhere-", 10);
  const Replica::Roster others = Users("elsewhere-", 10);
  ASSERT_TRUE(SecondsUntil(
      [&] { return RosterIs(channel, Together(others, Users("user-", kUsers))); }, kPatience));
  gateway(0).Kill();
  gateway(0).Start();
  ASSERT_TRUE(gateway(0).WaitReady(kPatience));
  // Half of them come again, under the same names.
  Members after;
  after.AddMany(AddressOf(0), channel, "user-", kUsers / 2);
  ASSERT_TRUE(SecondsUntil([&] { return after.AllPresent(); }, kPatience));
  const Replica::Roster right = Together(others, Users("user-", kUsers / 2));
  const auto healed = SecondsUntil([&] { return RosterIs(channel, right); }, kHealsWithin);
  EXPECT_TRUE(healed) << "ghosts, or missing users";
  const double wrong = LongestWithout([&] { return RosterIs(channel, right); }, seconds(12));
  EXPECT_EQ(wrong, 0) << "it did not stay right";
  EXPECT_TRUE(ServersAre({gateway(0).name(), gateway(1).name()}));
  std::printf(
      "a gateway with %zu users killed and started at once, %zu came back: right %.1f s after the "
      "last had joined, and for 12 s more\n",
      kUsers, kUsers / 2, healed.value_or(-1));
}

TEST_F(ReturnTest, UserWithTwoDevicesStaysUntilBothAreClosed) {
  StartWorld(2);
  const std::string channel = Fresh("devices");
  Members devices;
  devices.Add(AddressOf(0), {channel}, "ann");
  devices.Add(AddressOf(1), {channel}, "ann");
  Members witness;
  witness.Add(AddressOf(1), {channel}, "bob");
  const auto sessions_of_ann = [&](unsigned sessions) {
    return RosterIs(channel, {{"ann", sessions}, {"bob", 1}});
  };
  const auto was_told_of_ann = [&] {
    bool told = false;
    witness.With(0, [&](Member& member) { told = member.told(channel).left.contains("ann"); });
    return told;
  };
  ASSERT_TRUE(SecondsUntil([&] { return sessions_of_ann(2); }, kPatience));
  devices.With(0, [](Member& member) { member.Close(); });
  const auto one_less = SecondsUntil([&] { return sessions_of_ann(1); }, kHealsWithin);
  EXPECT_TRUE(one_less);
  EXPECT_EQ(LongestWithout([&] { return sessions_of_ann(1); }, seconds(5)), 0);
  EXPECT_FALSE(was_told_of_ann());
  devices.With(1, [](Member& member) { member.Close(); });
  const auto gone = SecondsUntil([&] { return RosterIs(channel, {{"bob", 1}}); }, kHealsWithin);
  EXPECT_TRUE(gone);
  EXPECT_TRUE(SecondsUntil(was_told_of_ann, kHealsWithin));
  std::printf(
      "two devices: one closed, one session left after %.1f s; both closed, gone after %.1f s\n",
      one_less.value_or(-1), gone.value_or(-1));
}

}  // namespace
}  // namespace parley::presence_test
