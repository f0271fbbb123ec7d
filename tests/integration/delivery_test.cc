#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/integration/cluster.h"
#include "tests/integration/member.h"
#include "tests/integration/order_oracle.h"
#include "tests/integration/shared_group_chat.h"
#include "tests/integration/topic_dump.h"

namespace parley::test {
namespace {

constexpr std::size_t kGateways = 3;
constexpr std::size_t kMembers = 24;
constexpr std::size_t kSenders = 5;
constexpr std::size_t kMessages = 10'000;
// Under the default limit of publishes in flight, so that nothing is refused.
constexpr std::size_t kInFlight = 200;

using Members = std::vector<std::unique_ptr<Member>>;

// Sends its share of the messages, never more than `kInFlight` ahead of the acks.
void SendShare(Member& sender, const std::string& channel, std::size_t which) {
  std::size_t sent = 0;
  for (std::size_t i = which; i < kMessages; i += kSenders) {
    ASSERT_TRUE(sender.WaitUntil(
        [&](const Member& member) { return member.ack_count() + kInFlight > sent; }));
    sender.Publish(channel, "s" + std::to_string(which) + "-" + std::to_string(i), "message");
    ++sent;
  }
  EXPECT_TRUE(sender.WaitUntil([&](const Member& member) { return member.ack_count() == sent; }));
}

TEST(DeliveryTest, EveryMemberOnEveryGatewaySeesEveryMessageOnceInTheOrderOfTheLog) {
  Cluster cluster({.gateways = kGateways, .routers = 2});
  const std::string channel = FreshChannel("spine");
  Members members;
  for (std::size_t i = 0; i < kMembers; ++i) {
    members.push_back(std::make_unique<Member>(cluster.Gateway(i), "reader" + std::to_string(i)));
    ASSERT_TRUE(members.back()->Join(channel));
  }

  std::vector<std::thread> threads;
  Members senders;
  for (std::size_t i = 0; i < kSenders; ++i) {
    senders.push_back(std::make_unique<Member>(cluster.Gateway(i), "sender" + std::to_string(i)));
    threads.emplace_back([&, i] { SendShare(*senders[i], channel, i); });
  }
  for (std::thread& thread : threads) thread.join();

  for (const auto& member : members) {
    EXPECT_TRUE(member->WaitUntil(
        [](const Member& reader) { return reader.message_count() >= kMessages; }));
  }
  const std::vector<std::string> log =
      IdsInLogOrder(DumpTopic(cluster.Broker(), "chatting"), channel);
  ASSERT_EQ(log.size(), kMessages);
  for (const auto& member : members) EXPECT_EQ(WhatIsWrong(member->messages(), log), "");
}

// The systems that Parley replaces put every chat server into one consumer group. The oracle above
// must not accept that.
TEST(DeliveryTest, OneConsumerGroupSharedByTheGatewaysIsNotAccepted) {
  Cluster cluster(Cluster::Size{});
  const std::string channel = FreshChannel("planted");
  SharedGroupChat planted(cluster.Broker(), kGateways);
  Member sender(cluster.Gateway(0), "sender");
  for (int i = 0; i < 20; ++i) sender.Publish(channel, "m" + std::to_string(i), "message");
  ASSERT_TRUE(sender.WaitUntil([](const Member& member) { return member.ack_count() == 20; }));

  const std::vector<std::string> log =
      IdsInLogOrder(DumpTopic(cluster.Broker(), "chatting"), channel);
  ASSERT_EQ(log.size(), 20u);
  ASSERT_TRUE(planted.WaitForMessages(channel, 20));
  std::size_t wrong = 0;
  for (std::size_t server = 0; server < kGateways; ++server) {
    wrong += WhatIsWrong(planted.Received(server, channel), log).empty() ? 0 : 1;
  }
  EXPECT_EQ(wrong, kGateways - 1) << "all but one of the servers' members miss the channel";
}

}  // namespace
}  // namespace parley::test
