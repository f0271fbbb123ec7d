#include "services/presence/presence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "cli/presence/gateway_list.h"
#include "tests/unit/presence/presence_world.h"

namespace parley::presence {
namespace {

using testing::ElementsAre;

using PresenceTest = PresenceWorld;

TEST_F(PresenceTest, AnswersWhatGatewaysAnnounce) {
  const auto presence = MakePresence();
  AwaitReady(*presence);
  const auto one = MakeGateway("one");
  const auto two = MakeGateway("two");
  one->Enter("s1", "bob", "general");
  one->Enter("s2", "eve", "games");
  two->Enter("s3", "bob", "general");
  two->Enter("s4", "joe", "@joe");
  Await([&] {
    return MembersOf(*presence, "general") == "bob:2" && MembersOf(*presence, "@joe") == "joe:1";
  });

  internal::v1::UserRequest user;
  user.set_user("bob");
  const auto sessions = Ask<internal::v1::UserReply>(*presence, "User", user);
  ASSERT_TRUE(sessions);
  ASSERT_EQ(sessions->sessions_size(), 2);
  EXPECT_EQ(sessions->sessions(0).session_id(), "s1");
  EXPECT_EQ(sessions->sessions(0).server_id(), "one");
  EXPECT_THAT(sessions->sessions(1).channels(), ElementsAre("general"));

  internal::v1::ListRequest list;
  auto channels = Ask<internal::v1::ListReply>(*presence, "ListChannels", list);
  ASSERT_TRUE(channels);
  ASSERT_EQ(channels->channels_size(), 2) << "personal channels are not listed";
  EXPECT_EQ(channels->channels(0).channel(), "games");
  EXPECT_EQ(channels->channels(1).channel(), "general");
  EXPECT_EQ(channels->channels(1).members(), 1U);
  EXPECT_FALSE(channels->more());
  list.set_limit(1);
  channels = Ask<internal::v1::ListReply>(*presence, "ListChannels", list);
  ASSERT_TRUE(channels);
  EXPECT_EQ(channels->channels_size(), 1);
  EXPECT_TRUE(channels->more());
  list.set_prefix("gen");
  channels = Ask<internal::v1::ListReply>(*presence, "ListChannels", list);
  ASSERT_TRUE(channels);
  EXPECT_EQ(channels->channels_size(), 1);
  EXPECT_FALSE(channels->more());
}

TEST_F(PresenceTest, MembersHearWhoComesAndGoes) {
  const auto presence = MakePresence();
  AwaitReady(*presence);
  const auto roster = MakeRoster(*presence);
  Ear ear;
  roster->Watch(ear, ChannelName("general"));
  const auto one = MakeGateway("one");
  one->Enter("s1", "bob", "general");
  EXPECT_TRUE(ear.heard().Await(
      [](const auto& heard) { return heard == std::vector<std::string>{"+bob"}; }));
  one->announcer().Disconnected(SessionId("s1"), UserId("bob"));
  EXPECT_TRUE(ear.heard().Await([](const auto& heard) {
    return heard == std::vector<std::string>{"+bob", "-bob"};
  }));
}

TEST_F(PresenceTest, DeadGatewayIsDroppedWithItsUsersAndWatchersAreTold) {
  const auto presence = MakePresence();
  AwaitReady(*presence);
  ServersFollower follower(loop_, presence->endpoints().grpc);
  const auto roster = MakeRoster(*presence);
  Ear ear;
  roster->Watch(ear, ChannelName("general"));
  const auto one = MakeGateway("one");
  const auto two = MakeGateway("two");
  one->Enter("s1", "bob", "general");
  two->Enter("s2", "eve", "general");
  EXPECT_TRUE(follower.known().Await([](const auto& known) { return known.up.size() == 2; }));
  Await([&] { return MembersOf(*presence, "general") == "bob:1 eve:1"; });

  one->Die();  // Half of the servers is silent now: it is probed, and refuses.
  EXPECT_TRUE(follower.known().Await(
      [](const auto& known) { return known.up == std::set<std::string>{"two"}; }));
  EXPECT_TRUE(ear.heard().Await(
      [](const auto& heard) { return !heard.empty() && heard.back() == "-bob"; }));
  EXPECT_EQ(MembersOf(*presence, "general"), "eve:1");
  EXPECT_EQ(follower.known().Get().downs, 1);
}

TEST_F(PresenceTest, GatewayThatDrainsAndGoesIsTold) {
  const auto presence = MakePresence();
  AwaitReady(*presence);
  ServersFollower follower(loop_, presence->endpoints().grpc);
  const auto one = MakeGateway("one");
  EXPECT_TRUE(follower.known().Await([](const auto& known) { return known.up.contains("one"); }));
  one->announcer().Drain();
  EXPECT_TRUE(
      follower.known().Await([](const auto& known) { return known.draining.contains("one"); }));
  one->announcer().SayGone();
  EXPECT_TRUE(follower.known().Await([](const auto& known) { return known.up.empty(); }));
}

TEST_F(PresenceTest, CommandListsTheGateways) {
  const auto presence = MakePresence();
  const auto one = MakeGateway("one");
  const auto two = MakeGateway("two", 7);
  one->Enter("s1", "bob", "general");
  one->Enter("s2", "eve", "general");
  AwaitReady(*presence);
  Await([&] { return MembersOf(*presence, "general") == "bob:1 eve:1"; });
  cli::GatewayList list;
  Await([&] {
    list = cli::ListGateways(presence->endpoints().grpc, 5s);
    return list.gateways && list.gateways->size() == 2;
  });
  EXPECT_EQ(list.gateways->at(0).id, "one");
  EXPECT_EQ(list.gateways->at(0).sessions, 2U);
  EXPECT_EQ(list.gateways->at(1).id, "two");
  EXPECT_EQ(list.gateways->at(1).epoch, 7);
}

TEST_F(PresenceTest, CommandSaysWhyThereIsNoList) {
  const cli::GatewayList list = cli::ListGateways("127.0.0.1:1", 2s);
  EXPECT_FALSE(list.connected);
  EXPECT_FALSE(list.gateways);
  EXPECT_EQ(list.reason, "cannot connect");
}

TEST_F(PresenceTest, RestartedGatewayReplacesItsPredecessor) {
  const auto presence = MakePresence();
  AwaitReady(*presence);
  const auto old = MakeGateway("one", 1);
  old->Enter("s1", "bob", "general");
  Await([&] { return MembersOf(*presence, "general") == "bob:1"; });
  const auto restarted = MakeGateway("one", 2);
  restarted->Enter("s2", "eve", "general");
  Await([&] { return MembersOf(*presence, "general") == "eve:1"; });
  old->Enter("s3", "joe", "general");
  restarted->Enter("s4", "ann", "general");
  Await([&] { return MembersOf(*presence, "general") == "ann:1 eve:1"; });
}

}  // namespace
}  // namespace parley::presence
