#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/gateway/world.h"

namespace parley::gateway {
namespace {

using edge::v1::Event;

void RunUntilSecondPageIsAsked(World& world) {
  while (world.feed.pages_asked.size() < 2) {
    if (!world.feed.StepRequest()) world.feed.StepAnswer();
  }
}

TEST(SessionResumeTest, TheBacklogFollowsAndThenWhatComesLive) {
  World world;
  for (int i = 0; i < 5; ++i) world.Say("general", std::to_string(i));
  const auto client = world.Enter("ann");
  client->Join("general", world.Token("general", 1));
  world.feed.RunAll();
  world.Say("general", "live");
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 5u);
  EXPECT_EQ(events[0].joined().recovery(), edge::v1::RECOVERY_COMPLETE);
  EXPECT_EQ(events[0].joined().position(), world.Token("general", 1));
  EXPECT_EQ(events[1].message().content(), "2");
  EXPECT_EQ(events[4].message().content(), "live");
  EXPECT_EQ(world.metrics.sessions.resumes_recovered.Value(), 1);
}

TEST(SessionResumeTest, ASessionAheadOfItsGatewaySkipsWhatItHas) {
  World world;
  const auto ann = world.EnterAndJoin("ann", "general");
  world.feed.Append(ChannelName("general"), "known");
  world.feed.Append(ChannelName("general"), "new");
  // The log has both, this gateway has handed on neither.
  const auto client = world.Enter("bob");
  client->Join("general", world.Token("general", 0));
  world.feed.RunAll();
  world.feed.HandOn(world.inbox);
  world.feed.RunAll();
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].message().content(), "new");
  EXPECT_EQ(ann->Read().size(), 2u);
}

TEST(SessionResumeTest, WhatAPageRepeatsIsSkipped) {
  World world;
  for (int i = 0; i < 5; ++i) world.Say("general", std::to_string(i));
  const auto client = world.Enter("ann");
  world.feed.repeated = 2;
  client->Join("general", world.Token("general", 2));
  world.feed.RunAll();
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[1].message().content(), "3");
}

TEST(SessionResumeTest, PagesComeAtTheSessionsPace) {
  World world({.outbox_bytes_max = 40'000, .page_messages_max = 10});
  for (int i = 0; i < 200; ++i) world.feed.Append(ChannelName("general"), std::string(1000, 'x'));
  world.feed.HandOn(world.inbox);
  const auto client = world.Enter("ann");
  client->Join("general", world.Token("general", -1));
  world.feed.RunAll();
  const std::size_t asked = world.feed.pages_asked.size();
  EXPECT_LE(asked, 4u) << "the client reads nothing, so no more pages are asked for";
  EXPECT_LE(client->session.events().outbox().bytes(), 30'000u) << "a quarter stays free";

  std::size_t messages = 0;
  for (int i = 0; i < 100; ++i) {
    for (const Event& event : client->Read()) messages += event.has_message() ? 1 : 0;
    world.feed.RunAll();
  }
  EXPECT_EQ(messages, 200u);
  EXPECT_FALSE(client->transport.closed);
}

TEST(SessionResumeTest, LiveMessagesWaitForALaterPage) {
  World world({.outbox_bytes_max = 40'000, .page_messages_max = 10});
  const auto other = world.EnterAndJoin("bob", "general");
  for (int i = 0; i < 100; ++i) world.Say("general", std::string(1000, 'x'));
  const auto client = world.Enter("ann");
  client->Join("general", world.Token("general", -1));
  world.feed.RunAll();
  other->Read();
  for (int i = 0; i < 5; ++i) world.Say("general", "live");
  std::vector<std::string> contents;
  for (int i = 0; i < 100; ++i) {
    for (const Event& event : client->Read()) {
      if (event.has_message()) contents.push_back(event.message().content());
    }
    world.feed.RunAll();
  }
  ASSERT_EQ(contents.size(), 105u);
  EXPECT_EQ(contents[99].size(), 1000u);
  EXPECT_EQ(contents[100], "live");
}

edge::v1::Recovery VerdictOn(World& world, const std::string& after) {
  const auto client = world.Enter("ann");
  client->Join("general", after);
  world.feed.RunAll();
  const auto events = client->Read();
  EXPECT_EQ(events.size(), 1u) << "no backlog";
  EXPECT_EQ(events.at(0).joined().position(),
            world.Token("general", world.feed.end(ChannelName("general")) - 1));
  return events.at(0).joined().recovery();
}

TEST(SessionResumeTest, WhatCannotBeRecoveredIsSaidAndDeliveryStartsLive) {
  World world({.resume_distance_max = 50});
  for (int i = 0; i < 100; ++i) world.Say("general");
  world.feed.Expire(ChannelName("general"), 20);
  EXPECT_EQ(VerdictOn(world, world.Token("general", 5)), edge::v1::RECOVERY_EXPIRED);
  EXPECT_EQ(VerdictOn(world, world.Token("general", 30)), edge::v1::RECOVERY_TOO_FAR);
  EXPECT_EQ(VerdictOn(world, world.Token("general", 100)), edge::v1::RECOVERY_FUTURE);
  EXPECT_EQ(VerdictOn(world, "nonsense"), edge::v1::RECOVERY_OTHER_CHANNEL);
  EXPECT_EQ(world.metrics.sessions.resumes_not_recovered.Value(), 4);
}

TEST(SessionResumeTest, ALogThatIsBusyIsNoVerdict) {
  World world;
  world.Say("general");
  world.feed.busy_pages = 1;
  const auto client = world.Enter("ann");
  client->Join("general", world.Token("general", -1), 3);
  world.feed.RunAll();
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].ref(), 3u);
  EXPECT_EQ(events[0].error().code(), edge::v1::ERROR_BUSY);
  EXPECT_TRUE(client->session.idle());
  EXPECT_EQ(world.feed.detaches, 1);
}

TEST(SessionResumeTest, ABusyLogLaterOnIsAskedAgain) {
  World world({.page_messages_max = 2});
  for (int i = 0; i < 4; ++i) world.Say("general");
  const auto client = world.Enter("ann");
  client->Join("general", world.Token("general", -1));
  RunUntilSecondPageIsAsked(world);
  world.feed.busy_pages = 1;
  world.feed.RunAll();
  EXPECT_EQ(client->Read().size(), 3u);
  world.hub.Tick({});
  world.feed.RunAll();
  EXPECT_EQ(client->Read().size(), 2u);
}

TEST(SessionResumeTest, WhatExpiresInTheMiddleIsADiscontinuityAndTheRestOfTheBacklogFollows) {
  World world({.page_messages_max = 2});
  for (int i = 0; i < 10; ++i) world.Say("general");
  const auto client = world.Enter("ann");
  client->Join("general", world.Token("general", -1));
  RunUntilSecondPageIsAsked(world);
  world.feed.Expire(ChannelName("general"), 5);
  world.feed.RunAll();
  world.Say("general", "live");
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 10u);
  EXPECT_EQ(events[3].discontinuity().position(), world.Token("general", 4));
  EXPECT_EQ(events[3].discontinuity().reason(), edge::v1::DISCONTINUITY_RETENTION);
  for (Offset at = 5; at < 10; ++at) {
    EXPECT_EQ(events[static_cast<std::size_t>(at) - 1].message().position(),
              world.Token("general", at));
  }
  EXPECT_EQ(events[9].message().content(), "live");
}

TEST(SessionResumeTest, ABacklogBeyondTheEndWaitsForTheLogToSayWhatItIs) {
  World world({.page_messages_max = 2});
  for (int i = 0; i < 4; ++i) world.Say("general");
  const auto client = world.Enter("ann");
  client->Join("general", world.Token("general", -1));
  RunUntilSecondPageIsAsked(world);
  world.feed.future_pages = 3;
  for (int i = 0; i < 5; ++i) {
    world.feed.RunAll();
    world.hub.Tick({});
  }
  EXPECT_EQ(client->Read().size(), 5u) << "joined and four messages, and nothing else";
}

TEST(SessionResumeTest, LeavingInTheMiddleEndsTheBacklog) {
  World world({.page_messages_max = 2});
  for (int i = 0; i < 10; ++i) world.Say("general");
  const auto client = world.Enter("ann");
  client->Join("general", world.Token("general", -1));
  RunUntilSecondPageIsAsked(world);
  client->Leave("general");
  client->Join("general");
  world.feed.RunAll();
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 5u);
  EXPECT_TRUE(events[3].has_left());
  EXPECT_TRUE(events[4].has_joined());
}

}  // namespace
}  // namespace parley::gateway
