// What presence does when replicas and Kafka come and go.

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/unit/presence/presence_world.h"

namespace parley::presence {
namespace {

using PresenceFaultsTest = PresenceWorld;

TEST_F(PresenceFaultsTest, ReplicaThatStartsLaterKnowsTheSame) {
  const auto one = MakeGateway("one");
  one->Enter("s1", "bob", "general");
  one->Enter("s2", "eve", "general");
  one->announcer().Disconnected(SessionId("s2"), UserId("eve"));
  const auto first = MakePresence();
  AwaitReady(*first);
  Await([&] { return MembersOf(*first, "general") == "bob:1"; });
  const auto second = MakePresence();
  AwaitReady(*second);
  EXPECT_EQ(MembersOf(*second, "general"), "bob:1");
}

TEST_F(PresenceFaultsTest, RestartedReplicaIsFoundAndTellsOnlyRealChanges) {
  const auto one = MakeGateway("one");
  one->Enter("s1", "bob", "general");
  auto first = MakePresence();
  const auto second = MakePresence();
  AwaitReady(*first);
  AwaitReady(*second);
  gateway::RosterConfig config;
  config.presence_addresses = {first->endpoints().grpc, second->endpoints().grpc};
  gateway::Roster roster(config, loop_, clock_, logger_, *metrics_);
  Ear ear;
  roster.Watch(ear, ChannelName("general"));
  one->Enter("s2", "eve", "general");
  EXPECT_TRUE(ear.heard().Await(
      [](const auto& heard) { return !heard.empty() && heard.back() == "+eve"; }));
  first.reset();
  one->Enter("s3", "joe", "general");
  EXPECT_TRUE(ear.heard().Await(
      [](const auto& heard) { return !heard.empty() && heard.back() == "+joe"; }));
  const auto heard = ear.heard().Get();
  EXPECT_EQ(std::count(heard.begin(), heard.end(), "+eve"), 1);
  EXPECT_EQ(std::count(heard.begin(), heard.end(), "-eve"), 0);
  EXPECT_EQ(std::count(heard.begin(), heard.end(), "-bob"), 0);
}

TEST_F(PresenceFaultsTest, LostRecordsHeal) {
  const auto presence = MakePresence();
  AwaitReady(*presence);
  const auto one = MakeGateway("one");
  one->Enter("s1", "bob", "general");
  one->Enter("s2", "eve", "general");
  Await([&] { return MembersOf(*presence, "general") == "bob:1 eve:1"; });
  one->log().Lose(true);
  one->Enter("s3", "joe", "general");
  one->announcer().Disconnected(SessionId("s1"), UserId("bob"));
  one->log().Lose(false);
  Await([&] { return MembersOf(*presence, "general") == "eve:1 joe:1"; });
  one->Enter("s4", "ann", "general");
  Await([&] { return MembersOf(*presence, "general") == "ann:1 eve:1 joe:1"; });
}

TEST_F(PresenceFaultsTest, ReplicaThatStartsAsksForWhatTheLogHasNoMore) {
  const auto one = MakeGateway("one");
  one->log().Lose(true);
  for (int i = 0; i < 5'000; ++i) one->Enter("s" + std::to_string(i), "bob", "general");
  one->log().Lose(false);
  const auto two = MakeGateway("two");
  two->Enter("t1", "bob", "general");
  const auto presence = MakePresence();
  AwaitReady(*presence);
  Await([&] { return MembersOf(*presence, "general") == "bob:5001"; });
}

TEST_F(PresenceFaultsTest, StartsWithoutKafkaAndSaysWhatItWaitsFor) {
  broker_.SetDown(true);
  const auto presence = MakePresence();
  Await([&] { return presence->NotReady().find(broker_.address()) != std::string::npos; });
  EXPECT_EQ(MembersOf(*presence, "general"), "no answer");
  broker_.SetDown(false);
  AwaitReady(*presence);
  EXPECT_EQ(MembersOf(*presence, "general"), "");
}

// The timeout leaves a gateway time to find Kafka again: its client tries every 2 s.
TEST_F(PresenceFaultsTest, NobodyIsDroppedWhileKafkaIsAway) {
  const auto presence = MakePresence(8s);
  AwaitReady(*presence);
  ServersFollower follower(loop_, presence->endpoints().grpc);
  const auto one = MakeGateway("one");
  one->Enter("s1", "bob", "general");
  Await([&] { return MembersOf(*presence, "general") == "bob:1"; });
  broker_.SetDown(true);
  std::this_thread::sleep_for(9s);  // More than the server timeout: the time is the point.
  EXPECT_EQ(MembersOf(*presence, "general"), "bob:1");
  one->Enter("s2", "eve", "general");
  broker_.SetDown(false);
  Await([&] { return MembersOf(*presence, "general") == "bob:1 eve:1"; });
  EXPECT_EQ(follower.known().Get().downs, 0);
}

TEST_F(PresenceFaultsTest, GarbageInTheLogDoesNoHarm) {
  const auto presence = MakePresence();
  AwaitReady(*presence);
  {
    kafka::Producer producer(kafka_, {kafka::kUserConnectionsTopic}, logger_, *metrics_);
    for (const char* value : {"", "{", "null", "\xff", "{\"type\":\"join\"}"}) {
      kafka::OutgoingRecord record{kafka::kUserConnectionsTopic, 0, "one", value, {}};
      ASSERT_EQ(producer.Produce(std::move(record), [](const kafka::Delivery&) {}),
                kafka::Accepted::kYes);
    }
    ASSERT_TRUE(producer.Flush(kPatience));
  }
  const auto one = MakeGateway("one");
  one->Enter("s1", "bob", "general");
  Await([&] { return MembersOf(*presence, "general") == "bob:1"; });
}

TEST_F(PresenceFaultsTest, TakenPortIsSaidInOneLine) {
  const auto presence = MakePresence();
  PresenceConfig config;
  config.listen = presence->endpoints().grpc;
  config.admin_listen = "127.0.0.1:0";
  config.kafka = kafka_;
  try {
    const Presence second(config, clock_, logger_);
    FAIL() << "two on one port";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find(config.listen), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace parley::presence
