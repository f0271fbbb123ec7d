#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/integration/child.h"
#include "tests/integration/cluster.h"
#include "tests/integration/member.h"

namespace parley::test {
namespace {

constexpr std::size_t kMessages = 50;  // Each way.

std::vector<std::string> IdsOf(const Member& member) {
  std::vector<std::string> ids;
  for (const v1::Message& message : member.messages()) ids.push_back(message.id());
  return ids;
}

std::vector<std::string> IdsFrom(const Member& member, const std::string& sender) {
  std::vector<std::string> ids;
  for (const v1::Message& message : member.messages()) {
    if (message.sender() == sender) ids.push_back(message.id());
  }
  return ids;
}

std::string ReceiverOf(const v1::Message& message) {
  for (const v1::Header& header : message.headers()) {
    if (header.name() == "parley-to") return header.value();
  }
  return "";
}

class DirectMessageTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster_ = new Cluster(Cluster::Size{.gateways = 3, .routers = 2});
  }
  static void TearDownTestSuite() {
    delete cluster_;
    cluster_ = nullptr;
  }

  // Waits until the user is in her personal channel.
  std::unique_ptr<Member> Enter(std::size_t gateway, const std::string& user,
                                const std::string& personal_after = "") {
    auto member = std::make_unique<Member>(cluster_->Gateway(gateway), user, personal_after);
    EXPECT_TRUE(member->WaitUntilIn("@" + user));
    return member;
  }

  static void ExpectMessages(std::initializer_list<Member*> members, std::size_t count) {
    for (Member* member : members) {
      EXPECT_TRUE(
          member->WaitUntil([&](const Member& reader) { return reader.message_count() >= count; }));
      EXPECT_EQ(member->message_count(), count);
    }
  }

  static Cluster* cluster_;
  const std::string alice_ = FreshChannel("alice");
  const std::string bob_ = FreshChannel("bob");
  const std::string carol_ = FreshChannel("carol");
};

Cluster* DirectMessageTest::cluster_ = nullptr;

TEST_F(DirectMessageTest, ReachesEveryDeviceOfTheTwoInOneOrderAndNobodyElse) {
  const auto alices_laptop = Enter(0, alice_);
  const auto alices_phone = Enter(1, alice_);
  const auto bobs_laptop = Enter(1, bob_);
  const auto bobs_phone = Enter(2, bob_);
  const auto carols = Enter(2, carol_);

  std::vector<std::string> from_alice;
  std::vector<std::string> from_bob;
  for (std::size_t i = 0; i < kMessages; ++i) {
    from_alice.push_back("a" + std::to_string(i));
    from_bob.push_back("b" + std::to_string(i));
    alices_laptop->Publish("@" + bob_, from_alice.back(), "to bob");
    bobs_phone->Publish("@" + alice_, from_bob.back(), "to alice");
  }
  for (Member* sender : {alices_laptop.get(), bobs_phone.get()}) {
    EXPECT_TRUE(
        sender->WaitUntil([](const Member& member) { return member.ack_count() == kMessages; }));
  }
  ExpectMessages({alices_laptop.get(), alices_phone.get(), bobs_laptop.get(), bobs_phone.get()},
                 2 * kMessages);
  EXPECT_EQ(IdsOf(*alices_laptop), IdsOf(*alices_phone));
  EXPECT_EQ(IdsOf(*bobs_laptop), IdsOf(*bobs_phone));
  for (const Member* member : {alices_phone.get(), bobs_laptop.get()}) {
    EXPECT_EQ(IdsFrom(*member, alice_), from_alice);
    EXPECT_EQ(IdsFrom(*member, bob_), from_bob);
    for (const v1::Message& message : member->messages()) {
      EXPECT_EQ(ReceiverOf(message), message.sender() == alice_ ? bob_ : alice_);
    }
  }
  // What is hers, and nothing of what came before it.
  alices_phone->Publish("@" + carol_, "c", "to carol");
  ExpectMessages({carols.get()}, 1);
  EXPECT_EQ(carols->messages()[0].channel(), "@" + carol_);
  ExpectMessages({alices_laptop.get()}, 2 * kMessages + 1);
  EXPECT_EQ(alices_laptop->messages().back().channel(), "@" + alice_);
}

TEST_F(DirectMessageTest, TheAckNamesTheReceiversChannelAndPlace) {
  const auto alices = Enter(0, alice_);
  const auto bobs = Enter(1, bob_);
  alices->Publish("@" + bob_, "a", "psst");
  ExpectMessages({alices.get(), bobs.get()}, 1);
  ASSERT_TRUE(alices->WaitUntil([](const Member& member) { return member.ack_count() == 1; }));
  EXPECT_EQ(alices->acks().at("a"), bobs->messages()[0].position());
}

TEST_F(DirectMessageTest, OnAnotherGatewayItGoesOnWhereTheClientLeftOff) {
  const auto alices = Enter(0, alice_);
  auto bobs = Enter(1, bob_);
  alices->Publish("@" + bob_, "before", "one");
  ExpectMessages({bobs.get()}, 1);
  const std::string left_off = bobs->messages()[0].position();
  bobs.reset();
  alices->Publish("@" + bob_, "between 1", "two");
  alices->Publish("@" + bob_, "between 2", "three");
  ASSERT_TRUE(alices->WaitUntil([](const Member& member) { return member.ack_count() == 3; }));

  bobs = Enter(2, bob_, left_off);
  alices->Publish("@" + bob_, "after", "four");
  ExpectMessages({bobs.get()}, 3);
  EXPECT_EQ(IdsOf(*bobs), (std::vector<std::string>{"between 1", "between 2", "after"}));
  for (const v1::Event& event : bobs->others()) {
    if (!event.has_joined()) continue;
    EXPECT_EQ(event.joined().recovery(), v1::RECOVERY_COMPLETE);
  }
}

TEST_F(DirectMessageTest, RepeatedAsARetryThroughAnotherGatewayItIsShownOnceToBoth) {
  const auto alices_laptop = Enter(0, alice_);
  const auto alices_phone = Enter(1, alice_);
  const auto bobs = Enter(2, bob_);
  alices_laptop->Publish("@" + bob_, "a", "psst");
  ASSERT_TRUE(alices_laptop->WaitUntil([](const Member& m) { return m.ack_count() == 1; }));
  alices_phone->Publish("@" + bob_, "a", "psst", /*retry=*/true);
  ASSERT_TRUE(alices_phone->WaitUntil([](const Member& m) { return m.ack_count() == 1; }));
  alices_phone->Publish("@" + bob_, "last", "that was all");
  ExpectMessages({alices_laptop.get(), alices_phone.get(), bobs.get()}, 2);
}

TEST_F(DirectMessageTest, OtherProgramsReachAUserThroughTheLog) {
  const auto bobs = Enter(0, bob_);
  const Finished kcat =
      RunToEnd({"kcat", "-P", "-b", cluster_->Broker(), "-t", "chatting", "-k", "@" + bob_},
               R"({"content":"disk full","user_id":"monitor"})");
  ASSERT_EQ(kcat.exit_code, 0) << kcat.errors;
  ExpectMessages({bobs.get()}, 1);
  EXPECT_EQ(bobs->messages()[0].content(), "disk full");
}

TEST_F(DirectMessageTest, PresenceKnowsNoPersonalChannels) {
  const auto alices = Enter(0, alice_);
  const std::string channel = FreshChannel("room");
  ASSERT_TRUE(alices->Join(channel));
  const auto stub = v1::Chat::NewStub(Dial(cluster_->Gateway(1)));
  bool listed = false;
  while (!listed) {  // What alice joined later is known, so what she joined before would be too.
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    v1::ListChannelsResponse response;
    ASSERT_TRUE(stub->ListChannels(&context, {}, &response).ok());
    for (const v1::ChannelInfo& each : response.channels()) {
      EXPECT_FALSE(each.channel().starts_with('@')) << each.channel();
      listed |= each.channel() == channel;
    }
  }
  grpc::ClientContext context;
  v1::MembersRequest request;
  request.set_channel("@" + alice_);
  v1::MembersResponse response;
  EXPECT_EQ(stub->Members(&context, request, &response).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
}

}  // namespace
}  // namespace parley::test
