#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/integration/cluster.h"
#include "tests/integration/compat_clients.h"
#include "tests/integration/member.h"

namespace parley::test {
namespace {

using Lines = std::vector<std::string>;

// The clients that know no channels have one of their own in this cluster. What earlier tests said
// there is over: nobody is shown what was said before she came.
class CompatTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    standalone::StandaloneConfig config;
    config.gateways = 3;
    config.routers = 2;
    config.gateway.compat_channel = channel_ = FreshChannel("compat");
    cluster_ = new Cluster(config);
  }
  static void TearDownTestSuite() {
    delete cluster_;
    cluster_ = nullptr;
  }

  static Lines Heard(Member& member, std::size_t count) {
    EXPECT_TRUE(member.WaitUntil([&](const Member& m) { return m.message_count() >= count; }));
    Lines lines;
    for (const v1::Message& message : member.messages()) {
      lines.push_back(message.sender() + ": " + message.content());
    }
    return lines;
  }

  Lines ListedChannels() {
    const auto stub = chat::ChatService::NewStub(Dial(cluster_->Gateway(2)));
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    chat::ListChannelsResponse response;
    EXPECT_TRUE(stub->ListChannels(&context, {}, &response).ok());
    return {response.channel_ids().begin(), response.channel_ids().end()};
  }

  static std::string channel_;
  static Cluster* cluster_;
};

std::string CompatTest::channel_;
Cluster* CompatTest::cluster_ = nullptr;

TEST_F(CompatTest, AllServicesMeetInOneChannelWhicheverGatewayHoldsThem) {
  Member ann(cluster_->Gateway(0), "ann");
  ASSERT_TRUE(ann.Join(channel_));
  ChatServiceClient bob(cluster_->Gateway(1));
  // Whoever has said something is in the channel.
  bob.Say("bob", channel_, "here");
  Heard(ann, 1);
  BroadcastClient carol(cluster_->Gateway(2), "carol");
  EXPECT_TRUE(carol.Say("here").ok());
  Heard(ann, 2);
  ChatClient dave(cluster_->Gateway(0));
  dave.LogIn("dave");
  dave.Say("here");
  ASSERT_EQ(Heard(ann, 3), (Lines{"bob: here", "carol: here", "dave: here"}));

  ann.Publish(channel_, "a", "hello");
  Heard(ann, 4);
  bob.Say("bob", "", "hello");
  Heard(ann, 5);
  EXPECT_TRUE(carol.Say("hello").ok());
  Heard(ann, 6);
  dave.Say("hello");
  const Lines all{"bob: here",  "carol: here",  "dave: here", "ann: hello",
                  "bob: hello", "carol: hello", "dave: hello"};
  EXPECT_EQ(Heard(ann, 7), all);
  EXPECT_EQ(bob.Heard(7), all);
  EXPECT_EQ(carol.Heard(6), Lines(all.begin() + 1, all.end()));
  // He is not shown what he says himself.
  EXPECT_EQ(dave.Heard(3), Lines(all.begin() + 3, all.end() - 1));
}

TEST_F(CompatTest, ADirectMessageReachesItsReceiverAndItsSenderAlone) {
  ChatServiceClient ann(cluster_->Gateway(0));
  ChatServiceClient bob(cluster_->Gateway(1));
  ChatServiceClient carol(cluster_->Gateway(2));
  ChatClient bob_on_another_service(cluster_->Gateway(2));
  ann.Say("ann", channel_, "here");
  ann.Heard(1);
  carol.Say("carol", channel_, "here");
  carol.Heard(1);
  // Having written one to himself, bob is in his personal channel.
  bob.Say("bob", channel_, "mine", "bob");
  bob.Heard(1);
  bob_on_another_service.LogIn("bob");
  bob_on_another_service.Say("here");

  ASSERT_EQ(bob.Heard(2), (Lines{"bob: mine", "bob: here"}));
  ann.Say("ann", channel_, "psst", "bob");
  // Two channels have no common order, and a personal one is a channel.
  ann.Heard(4);
  bob.Heard(3);
  ann.Say("ann", channel_, "loud");
  EXPECT_EQ(bob.Heard(4).size(), 4u);
  EXPECT_EQ(ann.Heard(5),
            (Lines{"ann: here", "carol: here", "bob: here", "ann: psst", "ann: loud"}));
  EXPECT_EQ(carol.Heard(3), (Lines{"carol: here", "bob: here", "ann: loud"}));
  const auto direct = bob.stream().WaitFor(4).at(2);
  EXPECT_EQ(direct.channel(), channel_);
  EXPECT_EQ(direct.sender(), "ann");
  EXPECT_EQ(direct.receiver(), "bob");
  EXPECT_EQ(direct.content(), "psst");
  EXPECT_GT(direct.timestamp().seconds(), 0);
}

// More than a session may have in flight, before it has heard anything.
TEST_F(CompatTest, WhatIsSentBeforeAnythingWasReceivedIsAllThereInOrder) {
  ChatServiceClient ann(cluster_->Gateway(0), /*read=*/false);
  Lines sent;
  for (int i = 0; i < 1000; ++i) {
    sent.push_back("ann: " + std::to_string(i));
    ASSERT_TRUE(ann.Say("ann", channel_, std::to_string(i)));
  }
  ann.stream().StartReading();
  EXPECT_EQ(ann.Heard(sent.size()), sent);
}

TEST_F(CompatTest, OneStreamMayBeInSeveralChannelsAndOneUserOnSeveralStreams) {
  const std::string other = FreshChannel("other");
  ChatServiceClient both(cluster_->Gateway(0));
  ChatServiceClient first(cluster_->Gateway(1));
  ChatServiceClient second(cluster_->Gateway(1));
  first.Say("ann", channel_, "in the first");
  first.Heard(1);
  second.Say("ann", other, "in the second");
  second.Heard(1);
  both.Say("bob", channel_, "one");
  both.Say("bob", other, "two");
  both.Say("bob", channel_, "three");
  EXPECT_EQ(first.Heard(3), (Lines{"ann: in the first", "bob: one", "bob: three"}));
  EXPECT_EQ(second.Heard(2), (Lines{"ann: in the second", "bob: two"}));
  EXPECT_EQ(both.Heard(3).size(), 3u);
}

TEST_F(CompatTest, TwoStreamsOfOneUserSeeWhatTheOtherSays) {
  ChatClient phone(cluster_->Gateway(0));
  phone.LogIn("ann");
  Member bob(cluster_->Gateway(1), "bob");
  ASSERT_TRUE(bob.Join(channel_));
  phone.Say("from the phone");
  Heard(bob, 1);
  ChatClient laptop(cluster_->Gateway(2));
  laptop.LogIn("ann");
  laptop.Say("from the laptop");
  Heard(bob, 2);
  phone.Say("again");
  EXPECT_EQ(phone.Heard(1), (Lines{"ann: from the laptop"}));
  EXPECT_EQ(laptop.Heard(1), (Lines{"ann: again"}));
}

TEST_F(CompatTest, AClientThatComesBackThroughAnotherGatewayGoesOn) {
  Member bob(cluster_->Gateway(1), "bob");
  ASSERT_TRUE(bob.Join(channel_));
  for (std::size_t i = 0; i < 3; ++i) {
    ChatServiceClient ann(cluster_->Gateway(i));
    ASSERT_TRUE(ann.Say("ann", channel_, "back"));
    EXPECT_EQ(ann.Heard(1), (Lines{"ann: back"}));
    BroadcastClient carol(cluster_->Gateway(i), "carol");
    EXPECT_TRUE(carol.Say("back").ok());
    EXPECT_EQ(carol.Heard(1), (Lines{"carol: back"}));
  }
  EXPECT_EQ(Heard(bob, 6).size(), 6u);
}

TEST_F(CompatTest, AHalfClosedStreamGoesOnReceiving) {
  ChatServiceClient ann(cluster_->Gateway(0));
  ann.Say("ann", channel_, "here");
  ann.Heard(1);
  ann.stream()->WritesDone();
  Member bob(cluster_->Gateway(1), "bob");
  bob.Publish(channel_, "b", "hello");
  EXPECT_EQ(ann.Heard(2), (Lines{"ann: here", "bob: hello"}));
}

TEST_F(CompatTest, ALogoutEndsTheStreamAfterWhatWasSaid) {
  Member bob(cluster_->Gateway(1), "bob");
  ASSERT_TRUE(bob.Join(channel_));
  ChatClient ann(cluster_->Gateway(0));
  ann.LogIn("ann");
  ann.Say("that is all");
  ann.LogOut();
  EXPECT_TRUE(ann.stream().WaitForEnd().ok());
  EXPECT_EQ(Heard(bob, 1), (Lines{"ann: that is all"}));
}

TEST_F(CompatTest, ListChannelsListsWhereSomebodyIsAndNoPersonalChannel) {
  ChatServiceClient ann(cluster_->Gateway(0));
  ann.Say("ann", channel_, "here");
  ann.Heard(1);
  BroadcastClient carol(cluster_->Gateway(1), "carol");
  // Presence hears a moment later who came, and who went after the other tests.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  const Lines expected{channel_};
  Lines listed;
  while (listed != expected && std::chrono::steady_clock::now() < deadline) {
    listed = ListedChannels();
  }
  EXPECT_EQ(listed, expected);
}

TEST_F(CompatTest, AClientThatNeverReadsIsCutOffAndNobodyElse) {
  ChatServiceClient never_reads(cluster_->Gateway(0), /*read=*/false);
  ChatServiceClient reads(cluster_->Gateway(0));
  reads.Say("reader", channel_, "here");
  reads.Heard(1);
  never_reads.Say("never", channel_, "here");
  reads.Heard(2);
  Member sender(cluster_->Gateway(1), "sender");
  // So many at a time are no trouble to somebody who reads.
  constexpr std::size_t kMessages = 20;
  std::size_t sent = 0;
  const auto cut_off = [&] {
    return Cluster::Metric(cluster_->GatewayAdmin(0),
                           R"(parley_gateway_sessions_closed_total{reason="slow_reader"})");
  };
  while (cut_off() == 0 && sent < 200 * kMessages) {
    for (std::size_t i = 0; i < kMessages; ++i, ++sent) {
      sender.Publish(channel_, "", std::string(16 * 1024, 'x'));
    }
    ASSERT_EQ(reads.Heard(2 + sent).size(), 2 + sent);
  }
  ASSERT_EQ(cut_off(), 1);
  never_reads.stream().StartReading();
  const grpc::StatusCode code = never_reads.stream().WaitForEnd().error_code();
  EXPECT_TRUE(code == grpc::StatusCode::RESOURCE_EXHAUSTED || code == grpc::StatusCode::CANCELLED)
      << code;
}

}  // namespace
}  // namespace parley::test
