#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/world.h"

namespace parley::gateway {
namespace {

using edge::v1::Event;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::chrono::seconds kCheckpoint{30};

// What a client was told of its ordinary channels, one word and what matters of it each.
std::vector<std::string> Told(World::Client& client) {
  std::vector<std::string> told;
  const auto offset = [](const std::string& token) {
    const Position at = DecodeToken(token)->position;
    return std::to_string(at.epoch % 1000) + ":" + std::to_string(at.offset);
  };
  for (const Event& event : client.Read()) {
    if (event.has_joined() && event.joined().channel()[0] != '@') {
      told.push_back("joined " + edge::v1::Recovery_Name(event.joined().recovery()) + " at " +
                     offset(event.joined().position()));
    } else if (event.has_message()) {
      told.push_back(event.message().content() + " at " + offset(event.message().position()));
    } else if (event.has_discontinuity() && event.discontinuity().channel()[0] != '@') {
      told.push_back(edge::v1::DiscontinuityReason_Name(event.discontinuity().reason()) + " at " +
                     offset(event.discontinuity().position()));
    } else if (event.has_checkpoint() && event.checkpoint().channel()[0] != '@') {
      told.push_back("checkpoint at " + offset(event.checkpoint().position()));
    } else if (event.has_error()) {
      told.push_back(edge::v1::ErrorCode_Name(event.error().code()));
    } else if (event.has_left()) {
      told.push_back("left");
    } else if (event.has_presence()) {
      told.push_back("presence");
    }
  }
  return told;
}

TEST(NewLogTest, LiveMembersAreToldOnceAndGoOn) {
  World world;
  const auto ann = world.EnterAndJoin("ann", "general");
  const auto bob = world.EnterAndJoin("bob", "general");
  for (int i = 0; i < 3; ++i) world.Say("general", "old");
  ann->Read();
  bob->Read();
  world.Recreate(7);
  world.feed.RunAll();
  world.Say("general", "new");
  for (const auto* client : {&ann, &bob}) {
    EXPECT_THAT(Told(**client), ElementsAre("DISCONTINUITY_EPOCH at 1:-1", "new at 1:0"));
  }
}

TEST(NewLogTest, WhatWasHandedOnOfTheOldLogComesBeforeTheNews) {
  World world;
  const auto ann = world.EnterAndJoin("ann", "general");
  world.feed.Append(ChannelName("general"), "old");
  world.feed.HandOn(world.inbox);
  world.Recreate(1);
  for (int i = 0; i < 2; ++i) world.feed.Append(ChannelName("general"), "missed");
  world.feed.HandOn(world.inbox);
  world.feed.RunAll();
  world.Say("general", "new");
  EXPECT_THAT(Told(*ann), ElementsAre("old at 0:0", "DISCONTINUITY_EPOCH at 1:1", "new at 1:2"));
}

TEST(NewLogTest, ABacklogEndsWithItsLog) {
  World world({.page_messages_max = 2});
  for (int i = 0; i < 10; ++i) world.Say("general", "old");
  const auto ann = world.Enter("ann");
  const std::size_t before = world.feed.pages_asked.size();
  ann->Join("general", world.Token("general", -1));
  while (world.feed.pages_asked.size() < before + 2) {
    if (!world.feed.StepRequest()) world.feed.StepAnswer();
  }
  // The second page is on its way, to be answered either by the old log or not at all.
  world.feed.StepRequest();
  world.Recreate(4);
  world.feed.RunAll();
  world.hub.Tick({});
  world.feed.RunAll();
  world.Say("general", "new");
  EXPECT_THAT(Told(*ann),
              ElementsAre("joined RECOVERY_COMPLETE at 0:-1", "old at 0:0", "old at 0:1",
                          "old at 0:2", "old at 0:3", "DISCONTINUITY_EPOCH at 1:-1", "new at 1:0"));
}

TEST(NewLogTest, AJoinThatWaitsIsAnsweredByTheNewLog) {
  World world;
  const std::string old = world.Token("general", 0);
  world.Say("general", "old");
  const auto attaching = world.Enter("ann");
  const auto resuming = world.Enter("bob");
  attaching->Join("general");
  resuming->Join("general", old);
  world.Recreate(2);
  world.feed.RunAll();
  EXPECT_THAT(Told(*attaching), ElementsAre("joined RECOVERY_NOT_ASKED at 1:-1"));
  EXPECT_THAT(Told(*resuming), ElementsAre("joined RECOVERY_OTHER_EPOCH at 1:-1"));
}

TEST(NewLogTest, AVerdictThatWaitsIsGivenByTheNewLog) {
  World world;
  world.Say("general", "old");
  const auto ann = world.EnterAndJoin("ann", "general");
  const auto bob = world.Enter("bob");
  bob->Join("general", world.Token("general", -1));  // The first page is asked for.
  world.Recreate(2);
  world.feed.RunAll();
  EXPECT_THAT(Told(*bob), ElementsAre("joined RECOVERY_OTHER_EPOCH at 1:-1"));
}

TEST(NewLogTest, ATokenOfTheNewLogIsGoodEvenBeforeThisGatewayKnowsIt) {
  World world;
  const auto ann = world.Enter("ann");
  world.Recreate(2);
  world.feed.Append(ChannelName("general"), "known");
  world.feed.Append(ChannelName("general"), "next");
  ann->Join("general", world.Token("general", 0));  // Given by another gateway.
  world.feed.RunAll();
  EXPECT_THAT(Told(*ann), ElementsAre("joined RECOVERY_COMPLETE at 1:0", "next at 1:1"));
}

TEST(NewLogTest, MembersStayAndJoinersAreRefusedWhileNoRouterConfirms) {
  World world;
  const auto ann = world.EnterAndJoin("ann", "general");
  const auto bob = world.Enter("bob");
  bob->Read();
  world.feed.failing_attaches = 100;
  world.Recreate(4);
  world.feed.StepAnswer();
  bob->Join("general");
  for (int i = 0; i < 5; ++i) {
    world.feed.RunAll();
    world.hub.Tick({});
  }
  EXPECT_THAT(Told(*ann), IsEmpty());
  EXPECT_THAT(Told(*bob), ElementsAre("ERROR_JOIN_TIMEOUT"));
  world.feed.failing_attaches = 0;
  world.feed.RunAll();
  world.hub.Tick({});
  world.feed.RunAll();
  world.Say("general", "new");
  EXPECT_THAT(Told(*ann), ElementsAre("DISCONTINUITY_EPOCH at 1:-1", "new at 1:0"));
}

TEST(NewLogTest, AChannelThatIsLeftMeanwhileIsLetGo) {
  World world;
  const auto ann = world.EnterAndJoin("ann", "asked");
  const auto bob = world.EnterAndJoin("bob", "failed");
  world.Recreate(4);
  world.feed.failing_attaches = 100;
  world.feed.RunAll();
  bob->Leave("failed");
  EXPECT_THAT(Told(*bob), ElementsAre("left"));
  world.feed.failing_attaches = 0;
  world.hub.Tick({});
  ann->Leave("asked");
  const int detaches = world.feed.detaches;
  world.feed.RunAll();
  EXPECT_EQ(world.feed.detaches, detaches + 1) << "when the answer came";
  EXPECT_THAT(Told(*ann), ElementsAre("left"));
  EXPECT_EQ(world.roster.watched.size(), 0u);
}

TEST(NewLogTest, TwoNewLogsInARowAreOnePieceOfNews) {
  World world;
  const auto ann = world.EnterAndJoin("ann", "general");
  world.Recreate(4);
  world.feed.StepAnswer();  // Heard of, and asked about; but there is another one already.
  world.Recreate(2);
  world.feed.RunAll();
  EXPECT_THAT(Told(*ann), ElementsAre("DISCONTINUITY_EPOCH at 2:-1"));
}

TEST(NewLogTest, NoCheckpointMixesTheLogs) {
  World world;
  const auto ann = world.EnterAndJoin("ann", "general");
  const auto bob = world.EnterAndJoin("bob", "other");
  world.Say("other", "old");
  world.feed.failing_attaches = 100;
  world.Recreate(1);
  world.feed.RunAll();
  world.hub.Tick(TimePoint{} + kCheckpoint);
  EXPECT_THAT(Told(*ann), IsEmpty());
  world.feed.failing_attaches = 0;
  world.feed.RunAll();
  world.hub.Tick(TimePoint{} + kCheckpoint);
  world.feed.RunAll();
  world.Say("other", "new");
  world.hub.Tick(TimePoint{} + 2 * kCheckpoint);
  EXPECT_THAT(Told(*ann), ElementsAre("DISCONTINUITY_EPOCH at 1:-1", "checkpoint at 1:0"));
}

TEST(NewLogTest, MembersHearOfThePresenceMeanwhile) {
  World world;
  const auto ann = world.EnterAndJoin("ann", "general");
  world.feed.failing_attaches = 100;
  world.Recreate(1);
  world.feed.RunAll();
  world.hub.OnRoster({ChannelName("general"), {UserId("bob")}, {}, 2});
  EXPECT_THAT(Told(*ann), ElementsAre("presence"));
}

TEST(NewLogTest, HistoryAskedOfTheOldLogIsBusy) {
  World world;
  for (int i = 0; i < 3; ++i) world.Say("general", "old");
  const auto ann = world.Enter("ann");
  edge::v1::ClientFrame frame;
  frame.mutable_read_history()->set_channel("general");
  ann->Send(frame);
  world.Recreate(4);
  world.feed.RunAll();
  EXPECT_THAT(Told(*ann), ElementsAre("ERROR_BUSY"));
}

}  // namespace
}  // namespace parley::gateway
