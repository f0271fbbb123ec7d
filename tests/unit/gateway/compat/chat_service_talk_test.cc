#include "services/gateway/compat/chat_service_talk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/compat/foreign_client.h"

namespace parley::gateway {
namespace {

using edge::chat::ChatMessage;
using testing::ElementsAre;
using testing::IsEmpty;

ChatMessage Say(const std::string& sender, const std::string& channel, const std::string& content,
                const std::string& receiver = "") {
  ChatMessage message;
  message.set_sender(sender);
  message.set_channel(channel);
  message.set_content(content);
  message.set_receiver(receiver);
  return message;
}

class ChatServiceTalkTest : public testing::Test {
 protected:
  using Client = ForeignClient<ChatServiceTalk>;

  std::vector<std::string> Heard(Client& client) {
    std::vector<std::string> heard;
    for (const ChatMessage& message : client.Read<ChatMessage>()) {
      std::string& line = heard.emplace_back(message.channel() + " " + message.sender());
      if (!message.receiver().empty()) line += " to " + message.receiver();
      line += ": " + message.content();
    }
    return heard;
  }

  World world;
};

TEST_F(ChatServiceTalkTest, TheFirstMessageIsPublishedOnceItsChannelIsJoinedAndTheSenderSeesIt) {
  Client ann(world);
  ASSERT_TRUE(ann.Send(Say("ann", "general", "hello")));
  EXPECT_THAT(Written(world), IsEmpty());
  world.feed.RunAll();
  EXPECT_THAT(Written(world), ElementsAre("general: hello"));
  StoreAndCarry(world, 1'700'000'000'123);
  const auto heard = ann.Read<ChatMessage>();
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].channel(), "general");
  EXPECT_EQ(heard[0].sender(), "ann");
  EXPECT_EQ(heard[0].receiver(), "");
  EXPECT_EQ(heard[0].content(), "hello");
  EXPECT_EQ(heard[0].timestamp().seconds(), 1'700'000'000);
  EXPECT_EQ(heard[0].timestamp().nanos(), 123'000'000);
}

TEST_F(ChatServiceTalkTest, NothingMoreIsTakenWhileAChannelIsBeingJoined) {
  Client ann(world);
  ASSERT_TRUE(ann.Send(Say("ann", "general", "one")));
  EXPECT_FALSE(ann.Send(Say("ann", "general", "two")));
  world.feed.RunAll();
  EXPECT_TRUE(ann.Send(Say("ann", "", "two")));
  EXPECT_TRUE(ann.Send(Say("", "other", "three")));
  EXPECT_FALSE(ann.conversation().ready());
  world.feed.RunAll();
  EXPECT_TRUE(ann.conversation().ready());
  EXPECT_THAT(Written(world), ElementsAre("general: one", "general: two", "other: three"));
}

TEST_F(ChatServiceTalkTest, AMessageWithoutContentOnlyJoins) {
  Client ann(world);
  ASSERT_TRUE(ann.Send(Say("ann", "general", "")));
  world.feed.RunAll();
  EXPECT_TRUE(ann.Send(Say("ann", "other", "")));
  world.feed.RunAll();
  EXPECT_THAT(Written(world), IsEmpty());
  world.Say("general", "one");
  world.Say("other", "two");
  EXPECT_THAT(Heard(ann), ElementsAre("general ann: one", "other ann: two"));
}

TEST_F(ChatServiceTalkTest, ADirectMessageComesToItsReceiverAndOnceToItsSenderAsItWasWritten) {
  Client ann(world);
  Client bob(world);
  Client carol(world);
  ann.Send(Say("ann", "general", ""));
  bob.Send(Say("bob", "elsewhere", ""));
  carol.Send(Say("carol", "general", ""));
  world.feed.RunAll();
  ASSERT_TRUE(ann.Send(Say("ann", "general", "psst", "bob")));
  EXPECT_THAT(Written(world), ElementsAre("@bob: psst channel=general parley-to=bob",
                                          "@ann: psst channel=general parley-to=bob"));
  StoreAndCarry(world);
  EXPECT_THAT(Heard(ann), ElementsAre("general ann to bob: psst"));
  EXPECT_THAT(Heard(bob), ElementsAre("general ann to bob: psst"));
  EXPECT_THAT(Heard(carol), IsEmpty());
}

TEST_F(ChatServiceTalkTest, ADirectMessageOfAnotherProgramNamesItsReceiverToo) {
  Client bob(world);
  bob.Send(Say("bob", "general", ""));
  world.feed.RunAll();
  world.Say("@bob", "psst");
  EXPECT_THAT(Heard(bob), ElementsAre(" ann to bob: psst"));
}

TEST_F(ChatServiceTalkTest, TheSenderCannotChange) {
  Client ann(world);
  ann.Send(Say("ann", "general", ""));
  world.feed.RunAll();
  ann.Send(Say("bob", "general", "I am not bob"));
  EXPECT_EQ(ann.ended(), edge::v1::ERROR_INVALID_USER);
  EXPECT_THAT(Written(world), IsEmpty());
}

TEST_F(ChatServiceTalkTest, ABadFirstMessageEndsTheStream) {
  Client nobody(world);
  nobody.Send(Say("", "general", "hello"));
  EXPECT_EQ(nobody.ended(), edge::v1::ERROR_INVALID_USER);
  Client nowhere(world);
  nowhere.Send(Say("ann", "", "hello"));
  EXPECT_EQ(nowhere.ended(), edge::v1::ERROR_INVALID_CHANNEL);
  Client personal(world);
  personal.Send(Say("ann", "@bob", "hello"));
  EXPECT_EQ(personal.ended(), edge::v1::ERROR_FORBIDDEN);
  EXPECT_THAT(Written(world), IsEmpty());
}

}  // namespace
}  // namespace parley::gateway
