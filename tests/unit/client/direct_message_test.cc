#include "client/direct_message.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "client/checks.h"
#include "client/client.h"
#include "tests/fakes/client/fake_server.h"

namespace parley::client {
namespace {

const UserId kAlice("alice");
const UserId kBob("bob");
const UserId kCarol("carol");

class DirectMessageTest : public testing::Test {
 protected:
  std::unique_ptr<Session> Connect(const UserId& user, const PositionToken& personal_after = {}) {
    Options options;
    options.servers = {server_.address()};
    options.user = user;
    options.request_deadline = request_deadline_;
    return std::move(*Client(options).Connect(personal_after));
  }

  static Message NextMessage(Session& session) {
    while (const std::optional<Event> event = session.Next(std::chrono::seconds(10))) {
      if (const auto* message = std::get_if<Message>(&*event)) return *message;
    }
    ADD_FAILURE() << "no message came";
    return {};
  }

  FakeServer server_;
  Duration request_deadline_ = std::chrono::seconds(8);
};

TEST_F(DirectMessageTest, ComesAsAMessageOfThePersonalChannelOfEachOfTheTwo) {
  const auto laptop = Connect(kAlice);
  const auto phone = Connect(kAlice);
  const auto bob = Connect(kBob);
  const auto carol = Connect(kCarol);
  const PublishResult result =
      laptop->Publish({.channel = PersonalChannelOf(kBob), .content = "psst"}).get();
  EXPECT_EQ(result.outcome, Outcome::kStored);
  for (const auto& [session, owner] :
       {std::pair(laptop.get(), kAlice), std::pair(phone.get(), kAlice),
        std::pair(bob.get(), kBob)}) {
    const Message message = NextMessage(*session);
    EXPECT_EQ(message.channel, PersonalChannelOf(owner));
    EXPECT_EQ(message.id, result.id);
    EXPECT_EQ(ReceiverOf(message), kBob);
  }
  EXPECT_FALSE(carol->Next(Duration::zero()));
}

TEST_F(DirectMessageTest, WithoutAHeaderTheReceiverIsWhoseChannelItIs) {
  const auto bob = Connect(kBob);
  server_.Say("@bob", "monitor", "disk full");
  EXPECT_EQ(ReceiverOf(NextMessage(*bob)), kBob);
}

TEST_F(DirectMessageTest, AnotherSessionGoesOnWhereTheLastOneWas) {
  PositionToken left_off;
  {
    const auto bob = Connect(kBob);
    ASSERT_TRUE(bob->WaitForPersonalChannel());
    server_.Say("@bob", "alice", "one");
    EXPECT_EQ(NextMessage(*bob).content, "one");
    left_off = bob->LastPosition(PersonalChannelOf(kBob));
  }
  server_.Say("@bob", "alice", "two");
  const auto bob = Connect(kBob, left_off);
  const auto joined = bob->WaitForPersonalChannel();
  ASSERT_TRUE(joined);
  EXPECT_EQ(joined->recovery, Recovery::kComplete);
  EXPECT_EQ(joined->position, left_off);
  EXPECT_EQ(NextMessage(*bob).content, "two");
}

TEST_F(DirectMessageTest, WaitingForThePersonalChannelEndsAtTheDeadline) {
  server_.IgnoreJoins();
  request_deadline_ = std::chrono::milliseconds(50);
  const auto joined = Connect(kBob)->WaitForPersonalChannel();
  EXPECT_FALSE(joined);
  EXPECT_TRUE(joined.error.retryable());
}

TEST_F(DirectMessageTest, ClosingEndsTheWaitForThePersonalChannel) {
  server_.IgnoreJoins();
  request_deadline_ = std::chrono::hours(1);
  const auto bob = Connect(kBob);
  std::thread closer([&] { bob->Close(); });
  EXPECT_EQ(bob->WaitForPersonalChannel().error.code, kClosed);
  closer.join();
}

TEST_F(DirectMessageTest, ThePersonalChannelDoesNotKeepASessionOpen) {
  const auto bob = Connect(kBob);
  ASSERT_TRUE(bob->WaitForPersonalChannel());
  bob->Close();
  EXPECT_TRUE(server_.WaitForSessions(0));
  const auto last = bob->Next(std::chrono::seconds(10));
  ASSERT_TRUE(last);
  EXPECT_EQ(std::get<Closed>(*last).error.code, kClosed) << "and not that it cannot be left";
}

TEST(DirectMessageChecksTest, APersonalChannelNeedsAUserAndLeavesAHeaderToTheServer) {
  EXPECT_FALSE(CheckChannel(ChannelName("@bob")));
  EXPECT_TRUE(CheckChannel(ChannelName("@")));
  EXPECT_TRUE(CheckChannel(ChannelName("@" + std::string(65, 'a'))));
  Publication publication{.channel = ChannelName("@bob"), .content = "psst", .id = MessageId("1")};
  publication.headers.assign(15, {"name", "value"});
  EXPECT_FALSE(CheckPublication(publication));
  publication.headers.push_back({"name", "value"});
  EXPECT_TRUE(CheckPublication(publication));
  publication.headers = {{"parley-to", "carol"}};
  EXPECT_TRUE(CheckPublication(publication));
}

}  // namespace
}  // namespace parley::client
