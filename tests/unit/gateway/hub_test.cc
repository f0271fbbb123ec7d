#include "services/gateway/hub/hub.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/world.h"

namespace parley::gateway {
namespace {

using edge::v1::Event;
using testing::ElementsAre;

std::vector<std::string> Contents(const std::vector<Event>& events) {
  std::vector<std::string> contents;
  for (const Event& event : events) {
    if (event.has_message()) contents.push_back(event.message().content());
  }
  return contents;
}

TEST(HubTest, AMessageGoesToTheMembersOfItsChannel) {
  World world;
  const auto ann = world.EnterAndJoin("ann", "general");
  const auto bob = world.EnterAndJoin("bob", "general");
  const auto eve = world.EnterAndJoin("eve", "random");
  world.Say("general", "hi");
  EXPECT_THAT(Contents(ann->Read()), ElementsAre("hi"));
  EXPECT_THAT(Contents(bob->Read()), ElementsAre("hi"));
  EXPECT_THAT(Contents(eve->Read()), ElementsAre());
}

TEST(HubTest, AThousandMembersCostOneEncodingAndOneWakeEach) {
  World world;
  std::vector<std::unique_ptr<World::Client>> members;
  for (int i = 0; i < 1000; ++i) members.push_back(world.EnterAndJoin("ann", "general"));
  for (const auto& member : members) member->transport.wakes = 0;
  for (int i = 0; i < 10; ++i) world.feed.Append(ChannelName("general"), std::string(100, 'x'));
  world.feed.HandOn(world.inbox);
  world.feed.RunAll();

  EXPECT_EQ(world.metrics.sessions.encodings.Value(), 10);
  std::vector<SharedBytes> first;
  members.front()->session.events().outbox().Take({}, first);
  ASSERT_EQ(first.size(), 10u);
  for (std::size_t i = 1; i < members.size(); ++i) {
    EXPECT_EQ(members[i]->transport.wakes, 1);
    std::vector<SharedBytes> taken;
    members[i]->session.events().outbox().Take({}, taken);
    ASSERT_EQ(taken.size(), 10u);
    EXPECT_EQ(taken[9].slice().begin(), first[9].slice().begin()) << "the bytes are shared";
  }
}

TEST(HubTest, TheFirstMemberAttachesAndTheLastDetaches) {
  World world;
  auto ann = world.EnterAndJoin("ann", "general");
  const auto bob = world.EnterAndJoin("bob", "general");
  EXPECT_EQ(world.feed.attaches, 1);
  EXPECT_EQ(world.roster.watched.count(ChannelName("general")), 1u);
  bob->Leave("general");
  EXPECT_EQ(world.feed.detaches, 0);
  ann.reset();
  EXPECT_EQ(world.feed.detaches, 1);
  EXPECT_TRUE(world.roster.watched.empty());
  EXPECT_EQ(world.metrics.sessions.channels.Value(), 1) << "bob's personal one";
}

TEST(HubTest, JoinersOfAnAttachedChannelNeedNoRouter) {
  World world;
  const auto ann = world.EnterAndJoin("ann", "general");
  const Offset last = world.Say("general");
  const auto bob = world.Enter("bob");
  bob->Join("general");
  const auto events = bob->Read();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].joined().position(), world.Token("general", last));
}

TEST(HubTest, NobodyIsJoinedByTheAnswerToAnEarlierAttach) {
  World world;
  const auto ann = world.Enter("ann");
  ann->Join("general");
  ann->Leave("general");
  ann->Join("general");
  EXPECT_EQ(world.feed.attaches, 1) << "the first one is not answered yet";
  world.feed.RunAll();
  world.Say("general", "hi");
  EXPECT_THAT(Contents(ann->Read()), ElementsAre("hi"));
}

TEST(HubTest, AChannelLeftByAllBeforeItsAttachIsAnsweredIsDetachedThen) {
  World world;
  const auto ann = world.Enter("ann");
  ann->Join("general");
  ann->Leave("general");
  EXPECT_EQ(world.feed.detaches, 0);
  world.feed.RunAll();
  EXPECT_EQ(world.feed.detaches, 1);
  world.Say("general", "hi");
  EXPECT_THAT(Contents(ann->Read()), ElementsAre());
}

TEST(HubTest, MessagesSentBeforeTheChannelWasLeftAreNotForThoseWhoJoinAgain) {
  World world;
  const auto ann = world.EnterAndJoin("ann", "general");
  world.feed.Append(ChannelName("general"), "old");
  world.feed.HandOn(world.inbox);  // On its way when the channel is left and joined again.
  ann->Leave("general");
  ann->Join("general");
  world.feed.RunAll();
  world.Say("general", "new");
  EXPECT_THAT(Contents(ann->Read()), ElementsAre("new"));
}

TEST(HubTest, AFailedAttachIsToldToAllWhoWait) {
  World world;
  const auto ann = world.Enter("ann");
  const auto bob = world.Enter("bob");
  world.feed.failing_attaches = 1;
  ann->Join("general");
  bob->Join("general");
  world.feed.RunAll();
  for (const auto* client : {&ann, &bob}) {
    const auto events = (*client)->Read();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].error().code(), edge::v1::ERROR_JOIN_TIMEOUT);
    EXPECT_EQ(events[0].ref(), 1u);
  }
  ann->Join("general");
  world.feed.RunAll();
  EXPECT_TRUE(ann->Read().at(0).has_joined());
}

TEST(HubTest, RosterChangesGoToThoseWhoAreInTheChannel) {
  World world;
  const auto ann = world.EnterAndJoin("ann", "general");
  const auto eve = world.EnterAndJoin("eve", "random");
  world.hub.OnRoster({ChannelName("general"), {UserId("bob")}, {UserId("joe")}, 2});
  const auto events = ann->Read();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].presence().channel(), "general");
  EXPECT_EQ(events[0].presence().joined(0), "bob");
  EXPECT_EQ(events[0].presence().left(0), "joe");
  EXPECT_EQ(events[0].presence().members(), 2u);
  EXPECT_TRUE(eve->Read().empty());
}

TEST(HubTest, ACountIsToldToThoseWhoAreInTheChannel) {
  World world;
  const auto ann = world.EnterAndJoin("ann", "general");
  const auto eve = world.EnterAndJoin("eve", "random");
  world.hub.OnRoster({ChannelName("general"), {}, {}, 2});
  EXPECT_FALSE(world.hub.TellCounts()) << "all were told";
  const auto events = ann->Read();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].presence().members(), 2u);
  EXPECT_TRUE(eve->Read().empty());
}

TEST(HubTest, ALossIsToldOnceAndWhatFollowsComesAfterIt) {
  World world;
  const auto ann = world.EnterAndJoin("ann", "general");
  world.feed.Append(ChannelName("general"), "lost");
  world.feed.Lose(world.inbox, ChannelName("general"), 0);
  world.Say("general", "kept");
  const auto events = ann->Read();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].discontinuity().position(), world.Token("general", 0));
  EXPECT_EQ(events[0].discontinuity().reason(), edge::v1::DISCONTINUITY_RETENTION);
  EXPECT_EQ(events[1].message().content(), "kept");
}

TEST(HubTest, ASlowReaderIsCutOffOnceAndTheOthersGetEverything) {
  World world({.outbox_bytes_max = 20'000});
  const auto slow = world.EnterAndJoin("slow", "general");
  const auto quick = world.EnterAndJoin("quick", "general");
  std::size_t received = 0;
  for (int i = 0; i < 100; ++i) {
    world.Say("general", std::string(1000, 'x'));
    received += Contents(quick->Read()).size();
    EXPECT_LE(slow->session.events().outbox().bytes(), 20'000u);
  }
  EXPECT_EQ(received, 100u);
  EXPECT_EQ(slow->transport.closes, 1);
  ASSERT_TRUE(slow->transport.closed);
  EXPECT_EQ(slow->transport.closed->code, edge::v1::ERROR_SLOW_READER);
  EXPECT_EQ(world.metrics.sessions.closed_slow_reader.Value(), 1);
  const auto last = slow->Read();
  ASSERT_EQ(last.size(), 1u);
  EXPECT_EQ(last[0].error().code(), edge::v1::ERROR_SLOW_READER);
}

TEST(HubTest, TheGaugeSaysWhatWaitsInAllOutboxes) {
  World world;
  const auto ann = world.EnterAndJoin("ann", "general");
  const auto bob = world.EnterAndJoin("bob", "general");
  world.Say("general");
  world.hub.Tick({});
  const double waiting = static_cast<double>(ann->session.events().outbox().bytes());
  EXPECT_GT(waiting, 0);
  EXPECT_EQ(world.metrics.sessions.outbox_bytes.Value(), 2 * waiting);
  ann->Read();
  bob->Read();
  world.hub.Tick({});
  EXPECT_EQ(world.metrics.sessions.outbox_bytes.Value(), 0);
}

}  // namespace
}  // namespace parley::gateway
