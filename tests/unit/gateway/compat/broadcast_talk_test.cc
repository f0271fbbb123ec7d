#include "services/gateway/compat/broadcast_talk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/compat/foreign_client.h"

namespace parley::gateway {
namespace {

using edge::chat::Connect;
using edge::chat::Message;

Connect ConnectOf(const std::string& user) {
  Connect connect;
  connect.mutable_user()->set_id(user);
  connect.mutable_user()->set_name("shown nowhere");
  return connect;
}

class BroadcastTalkTest : public testing::Test {
 protected:
  World world;
  ForeignClient<BroadcastTalk> ann{world, "general"};
};

TEST_F(BroadcastTalkTest, ItHasStartedOnceItsChannelIsJoined) {
  ann.Send(ConnectOf("ann"));
  EXPECT_FALSE(ann.talk().started());
  world.feed.RunAll();
  EXPECT_TRUE(ann.talk().started());
}

TEST_F(BroadcastTalkTest, MessagesComeWithTheirSenderAndTheTimeOfTheLog) {
  ann.Send(ConnectOf("ann"));
  world.feed.RunAll();
  parley::ChatMessage message;
  message.channel = ChannelName("general");
  message.sender = UserId("bob");
  message.content = "hello";
  world.feed.Append(message, 1'700'000'000'123);
  world.feed.HandOn(world.inbox);
  world.feed.RunAll();
  const auto heard = ann.Read<Message>();
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].id(), "bob");
  EXPECT_EQ(heard[0].content(), "hello");
  EXPECT_EQ(heard[0].timestamp().seconds(), 1'700'000'000);
  EXPECT_EQ(heard[0].timestamp().nanos(), 123'000'000);
}

TEST_F(BroadcastTalkTest, ASecondConnectEndsTheStream) {
  ann.Send(ConnectOf("ann"));
  world.feed.RunAll();
  ann.Send(ConnectOf("ann"));
  EXPECT_EQ(ann.ended(), edge::v1::ERROR_HELLO_REPEATED);
}

TEST_F(BroadcastTalkTest, AUserWithoutAnIdIsRefused) {
  ann.Send(ConnectOf(""));
  EXPECT_EQ(ann.ended(), edge::v1::ERROR_INVALID_USER);
}

}  // namespace
}  // namespace parley::gateway
