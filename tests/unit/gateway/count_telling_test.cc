#include "services/gateway/hub/count_telling.h"

#include <memory>
#include <random>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/world.h"

namespace parley::gateway {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kMembers = 1'000;

class CountTellingTest : public testing::Test {
 protected:
  CountTellingTest() {
    for (std::size_t i = 0; i < kMembers; ++i) Enter();
  }

  void Enter() { members_.push_back(world_.EnterAndJoin("ann", "hall")); }
  void Say(std::uint32_t count) { world_.hub.OnRoster({ChannelName("hall"), {}, {}, count}); }
  void TellAll() {
    while (world_.hub.TellCounts()) {
    }
  }

  // How many were told in each turn, until all were.
  std::vector<int> Turns() {
    std::vector<int> turns;
    for (bool more = true; more;) {
      const int wakes_before = Wakes();
      more = world_.hub.TellCounts();
      turns.push_back(Wakes() - wakes_before);
    }
    return turns;
  }

  int Wakes() const {
    int wakes = 0;
    for (const auto& member : members_) wakes += member->transport.wakes;
    return wakes;
  }

  // What each member was told since this was last asked.
  std::vector<std::vector<std::uint32_t>> Told() {
    std::vector<std::vector<std::uint32_t>> told;
    for (const auto& member : members_) {
      auto& counts = told.emplace_back();
      for (const edge::v1::Event& event : member->Read()) {
        counts.push_back(event.presence().members());
      }
    }
    return told;
  }

  World world_;
  std::vector<std::unique_ptr<World::Client>> members_;
};

TEST_F(CountTellingTest, TheFirstHearSoonTheOthersInShortTurnsAndAllOnce) {
  Say(7);
  const std::vector<int> turns = Turns();
  const std::size_t long_turns = CountTelling::kFirst / CountTelling::kEachFirstTurn;
  const std::size_t others = kMembers - CountTelling::kFirst;
  std::vector<int> expected(long_turns, CountTelling::kEachFirstTurn);
  expected.resize(long_turns + others / CountTelling::kEachTurn, CountTelling::kEachTurn);
  expected.push_back(others % CountTelling::kEachTurn);
  EXPECT_EQ(turns, expected);
  EXPECT_THAT(Told(), Each(ElementsAre(7)));
  EXPECT_FALSE(world_.hub.TellCounts());
  EXPECT_THAT(Told(), Each(IsEmpty()));
}

TEST_F(CountTellingTest, NobodyIsFirstWhileChangesComeWithoutEnd) {
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < CountTelling::kFirst / CountTelling::kEachFirstTurn; ++i) {
    Say(++count);
    EXPECT_TRUE(world_.hub.TellCounts());
  }
  for (std::size_t i = 0; i < kMembers; ++i) {
    Say(++count);
    Told();
    const int wakes_before = Wakes();
    EXPECT_TRUE(world_.hub.TellCounts());
    EXPECT_LE(Wakes() - wakes_before, static_cast<int>(CountTelling::kEachTurn));
  }
}

TEST_F(CountTellingTest, VeryManyAreToldInAsManyTurns) {
  while (members_.size() < 4 * kMembers) Enter();
  Say(7);
  EXPECT_LE(Turns().size(), CountTelling::kTurnsMost);
  Say(8);
  EXPECT_LE(Turns().size(), CountTelling::kTurnsMost);
  EXPECT_THAT(Told(), Each(ElementsAre(7, 8)));
}

TEST_F(CountTellingTest, OnlyTheNewestIsToldOfWhatCameMeanwhile) {
  Say(1);
  EXPECT_TRUE(world_.hub.TellCounts());
  for (std::uint32_t count = 2; count <= 5; ++count) Say(count);
  TellAll();
  EXPECT_THAT(Told(), Each(ElementsAre(1, 5)));
}

TEST_F(CountTellingTest, NobodyIsForgottenOrToldTwiceWhenOthersComeAndGo) {
  std::mt19937 random(1);
  Say(7);
  while (world_.hub.TellCounts()) {
    for (int i = 0; i < 10; ++i) {
      std::swap(members_[random() % members_.size()], members_.back());
      members_.pop_back();
    }
    world_.EnterAndJoin("bob", "hall");
  }
  EXPECT_THAT(Told(), Each(ElementsAre(7)));
}

TEST_F(CountTellingTest, NamesOvertakeAnOlderCount) {
  Say(7);
  EXPECT_TRUE(world_.hub.TellCounts());
  Told();
  world_.hub.OnRoster({ChannelName("hall"), {UserId("bob")}, {}, 8});
  EXPECT_FALSE(world_.hub.TellCounts());
  EXPECT_THAT(Told(), Each(ElementsAre(8)));
}

TEST_F(CountTellingTest, AChannelThatAllLeaveIsForgotten) {
  Say(7);
  EXPECT_TRUE(world_.hub.TellCounts());
  members_.clear();
  EXPECT_FALSE(world_.hub.TellCounts());
}

}  // namespace
}  // namespace parley::gateway
