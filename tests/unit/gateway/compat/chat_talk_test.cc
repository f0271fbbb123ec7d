#include "services/gateway/compat/chat_talk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/compat/foreign_client.h"

namespace parley::gateway {
namespace {

using edge::chat::ChatStream;
using testing::ElementsAre;
using testing::IsEmpty;

ChatStream LogIn(const std::string& user) {
  ChatStream event;
  event.mutable_login()->set_username(user);
  return event;
}
ChatStream LogOut() {
  ChatStream event;
  event.mutable_logout();
  return event;
}
ChatStream Say(const std::string& content) {
  ChatStream event;
  event.mutable_message()->set_author("somebody else");
  event.mutable_message()->set_content(content);
  return event;
}

class ChatTalkTest : public testing::Test {
 protected:
  using Client = ForeignClient<ChatTalk>;

  void Enter(Client& client, const std::string& user) {
    ASSERT_TRUE(client.Send(LogIn(user)));
    world.feed.RunAll();
  }
  std::vector<std::string> Heard(Client& client) {
    std::vector<std::string> heard;
    for (const ChatStream& event : client.Read<ChatStream>()) {
      heard.push_back(event.message().author() + ": " + event.message().content());
    }
    return heard;
  }

  World world;
  Client ann{world, "general"};
};

TEST_F(ChatTalkTest, EverybodyButTheStreamThatSaysItIsShownWhatIsSaid) {
  Client ann_elsewhere(world, "general");
  Client bob(world, "general");
  Enter(ann, "ann");
  Enter(ann_elsewhere, "ann");
  Enter(bob, "bob");
  ann.Send(Say("hello"));
  StoreAndCarry(world);
  EXPECT_THAT(Heard(ann), IsEmpty());
  EXPECT_THAT(Heard(ann_elsewhere), ElementsAre("ann: hello"));
  EXPECT_THAT(Heard(bob), ElementsAre("ann: hello"));
}

TEST_F(ChatTalkTest, DirectMessagesToTheUserComeAndTheCopiesOfHerOwnDoNot) {
  Enter(ann, "ann");
  parley::ChatMessage message;
  message.channel = ChannelName("@ann");
  message.sender = UserId("bob");
  message.content = "psst";
  message.headers = {{"parley-to", "ann"}};
  world.feed.Append(message);
  message.sender = UserId("ann");
  message.headers = {{"parley-to", "bob"}};
  world.feed.Append(message);
  world.feed.HandOn(world.inbox);
  world.feed.RunAll();
  EXPECT_THAT(Heard(ann), ElementsAre("bob: psst"));
}

TEST_F(ChatTalkTest, AnotherUserWhoUsesTheStreamsIdsIsShownAllTheSame) {
  Enter(ann, "ann");
  parley::ChatMessage message;
  message.channel = ChannelName("general");
  message.id = MessageId(ann.session().id().value() + "-1");
  message.sender = UserId("bob");
  message.content = "not an echo";
  world.feed.Append(message);
  world.feed.HandOn(world.inbox);
  world.feed.RunAll();
  EXPECT_THAT(Heard(ann), ElementsAre("bob: not an echo"));
}

TEST_F(ChatTalkTest, BeforeTheLoginNothingIsTaken) {
  ann.Send(Say("hello"));
  EXPECT_EQ(ann.ended(), edge::v1::ERROR_HELLO_REQUIRED);
}

TEST_F(ChatTalkTest, TheSameLoginAgainIsIgnoredAndAnotherEndsTheStream) {
  Enter(ann, "ann");
  Enter(ann, "ann");
  EXPECT_EQ(ann.ended(), edge::v1::ERROR_UNSPECIFIED);
  ann.Send(LogIn("bob"));
  EXPECT_EQ(ann.ended(), edge::v1::ERROR_HELLO_REPEATED);
}

TEST_F(ChatTalkTest, TheLogoutWaitsForTheAcksAndTakesNothingAfterIt) {
  Enter(ann, "ann");
  ann.Send(Say("hello"));
  ann.Send(LogOut());
  ann.Send(Say("never said"));
  EXPECT_FALSE(ann.talk().over());
  EXPECT_THAT(Written(world), ElementsAre("general: hello"));
  StoreAndCarry(world);
  EXPECT_TRUE(ann.talk().over());
}

TEST_F(ChatTalkTest, NothingSaidIsNoMessage) {
  Enter(ann, "ann");
  ann.Send(Say(""));
  EXPECT_THAT(Written(world), IsEmpty());
  EXPECT_EQ(ann.ended(), edge::v1::ERROR_UNSPECIFIED);
}

TEST_F(ChatTalkTest, AnEventThatIsNotKnownEndsTheStream) {
  Enter(ann, "ann");
  ann.Send(ChatStream());
  EXPECT_EQ(ann.ended(), edge::v1::ERROR_MALFORMED);
}

}  // namespace
}  // namespace parley::gateway
