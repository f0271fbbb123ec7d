#include "services/gateway/compat/conversation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/gateway/compat/chat_service_talk.h"
#include "tests/unit/gateway/compat/foreign_client.h"

namespace parley::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The words of one client, as any of the services would hand them on.
class ConversationTest : public testing::Test {
 protected:
  void Enter(const std::string& channel) {
    conversation.Hello("ann", arrival);
    conversation.Join(channel, arrival);
    world.feed.RunAll();
  }

  World world{SessionConfig{.publishes_in_flight_max = 2, .outbox_bytes_max = 2048}};
  ForeignClient<ChatServiceTalk> client{world};
  Conversation& conversation = client.conversation();
  const Arrival arrival{};
};

TEST_F(ConversationTest, TakesNoMorePublishesThanTheSessionMayHaveInFlight) {
  Enter("general");
  conversation.Say({"general", {}, "one"}, arrival);
  EXPECT_TRUE(conversation.ready());
  conversation.Say({"general", {}, "two"}, arrival);
  EXPECT_FALSE(conversation.ready());
  EXPECT_FALSE(conversation.settled());
  world.log_writer.Store(0);
  EXPECT_TRUE(conversation.ready());
  world.log_writer.Store(1);
  EXPECT_TRUE(conversation.settled());
}

TEST_F(ConversationTest, OnesOwnPersonalChannelMayBeNamedBeforeItIsJoined) {
  conversation.Hello("ann", arrival);
  conversation.Say({"@ann", {}, "note to self"}, arrival);
  EXPECT_EQ(client.ended(), edge::v1::ERROR_UNSPECIFIED);
  EXPECT_THAT(Written(world), IsEmpty());
  world.feed.RunAll();
  EXPECT_EQ(client.ended(), edge::v1::ERROR_UNSPECIFIED);
  EXPECT_EQ(Written(world).size(), 1U);
}

TEST_F(ConversationTest, AJoinThatFailsEndsTheSession) {
  world.feed.failing_attaches = 2;  // The personal channel's, and this one.
  Enter("general");
  EXPECT_EQ(client.ended(), edge::v1::ERROR_JOIN_TIMEOUT);
}

TEST_F(ConversationTest, APublishThatFailsEndsTheSession) {
  Enter("general");
  conversation.Say({"general", {}, "hello"}, arrival);
  world.log_writer.Report({kafka::StoreOutcome::kUnknown, -1, {}});
  EXPECT_EQ(client.ended(), edge::v1::ERROR_OUTCOME_UNKNOWN);
}

TEST_F(ConversationTest, APublishThatIsRefusedAtOnceEndsTheSession) {
  Enter("general");
  world.log_writer.accepts = kafka::Accepted::kQueueFull;
  conversation.Say({"general", {}, "hello"}, arrival);
  EXPECT_EQ(client.ended(), edge::v1::ERROR_BUSY);
}

TEST_F(ConversationTest, ADiscontinuityEndsTheSessionAndIsRemembered) {
  Enter("general");
  world.Say("general");
  world.feed.Lose(world.inbox, ChannelName("general"), 10);
  world.feed.RunAll();
  EXPECT_NE(client.ended(), edge::v1::ERROR_UNSPECIFIED);
  EXPECT_TRUE(conversation.lost());
}

TEST_F(ConversationTest, AReaderThatDoesNotReadIsCutOff) {
  Enter("general");
  for (int i = 0; i < 10; ++i) world.Say("general", std::string(500, 'x'));
  EXPECT_EQ(client.ended(), edge::v1::ERROR_SLOW_READER);
}

TEST_F(ConversationTest, ADirectMessageWaitsForTheSendersPersonalChannelAndNotForever) {
  world.feed.failing_attaches = 1;
  Enter("general");
  conversation.Say({"general", "bob", "psst"}, arrival);
  EXPECT_THAT(Written(world), IsEmpty());
  EXPECT_FALSE(conversation.ready());
  conversation.Continue(arrival.now + std::chrono::seconds(9));
  EXPECT_EQ(client.ended(), edge::v1::ERROR_UNSPECIFIED);
  conversation.Continue(arrival.now + std::chrono::seconds(10));
  EXPECT_EQ(client.ended(), edge::v1::ERROR_JOIN_TIMEOUT);
}

TEST_F(ConversationTest, AfterItsEndNothingIsSaid) {
  Enter("general");
  conversation.End({edge::v1::ERROR_MALFORMED, "enough"});
  conversation.Say({"general", {}, "hello"}, arrival);
  world.feed.RunAll();
  EXPECT_THAT(Written(world), IsEmpty());
  EXPECT_EQ(client.ended(), edge::v1::ERROR_MALFORMED);
}

}  // namespace
}  // namespace parley::gateway
