#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/fakes/client/fake_server.h"
#include "tests/unit/client/session_helpers.h"

namespace parley::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

TEST(SessionTest, HelloTellsOfTheServer) {
  FakeServer server;
  const std::unique_ptr<Session> session = ConnectTo(server);
  EXPECT_EQ(session->info().server, ServerId("fake"));
  EXPECT_EQ(session->info().content_bytes_max, 16U * 1024);
}

TEST(SessionTest, MembersGetWhatIsPublishedAndTheSenderToo) {
  FakeServer server;
  const auto alice = ConnectTo(server);
  const auto bob = ConnectTo(server);
  ASSERT_TRUE(alice->Join(kGeneral));
  ASSERT_TRUE(bob->Join(kGeneral));
  const PublishResult result = Say(*alice, "hello").get();
  EXPECT_EQ(result.outcome, Outcome::kStored);
  const std::optional<Message> seen = NextOf<Message>(*bob);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->content, "hello");
  EXPECT_EQ(seen->id, result.id);
  EXPECT_EQ(seen->position, result.position);
  EXPECT_EQ(NextContent(*alice), "hello");
}

TEST(SessionTest, AcksFindTheirPublishesWhenTheyComeLateAndTogether) {
  FakeServer server;
  const auto session = ConnectTo(server);
  server.AnswerWith(FakeServer::Answer::kHold);
  std::vector<std::future<PublishResult>> acks;
  for (int i = 0; i < 20; ++i) acks.push_back(Say(*session, std::to_string(i)));
  ASSERT_TRUE(server.WaitForPublishes(20));
  EXPECT_EQ(acks[0].wait_for(seconds(0)), std::future_status::timeout);
  server.ReleaseAcks();

  const std::vector<v1::Message> log = server.Log("general");
  for (std::size_t i = 0; i < acks.size(); ++i) {
    const PublishResult result = acks[i].get();
    EXPECT_EQ(result.position.value(), log[i].position());
    EXPECT_EQ(result.id.value(), log[i].id());
    EXPECT_EQ(log[i].content(), std::to_string(i));
  }
}

TEST(SessionTest, APublishThatIsRefusedToTheEndIsNotStored) {
  FakeServer server;
  Options options = OptionsFor(server);
  options.publish_deadline = milliseconds(50);
  const auto session = std::move(*Client(options).Connect());
  server.AnswerWith(FakeServer::Answer::kRefuse, v1::ERROR_UNAVAILABLE);
  const PublishResult result = Say(*session, "hello").get();
  EXPECT_EQ(result.outcome, Outcome::kNotStored);
  EXPECT_EQ(result.error.code, "ERROR_UNAVAILABLE");
  EXPECT_EQ(result.error.advice, Advice::kRepeatLater);
}

TEST(SessionTest, AnOutcomeThatStaysUnknownIsToldAsSuch) {
  FakeServer server;
  Options options = OptionsFor(server);
  options.publish_deadline = milliseconds(50);
  const auto session = std::move(*Client(options).Connect());
  server.AnswerWith(FakeServer::Answer::kRefuse, v1::ERROR_OUTCOME_UNKNOWN);
  const PublishResult result = Say(*session, "hello").get();
  EXPECT_EQ(result.outcome, Outcome::kUnknown);
  EXPECT_TRUE(result.error.retryable());
}

TEST(SessionTest, APublishThatIsRefusedForGoodIsToldAtOnce) {
  FakeServer server;
  const auto session = ConnectTo(server);
  server.AnswerWith(FakeServer::Answer::kRefuse, v1::ERROR_CONTENT_TOO_LARGE);
  const PublishResult result = Say(*session, "hello").get();
  EXPECT_EQ(result.outcome, Outcome::kNotStored);
  EXPECT_EQ(result.attempts, 1U);
  EXPECT_EQ(server.Publishes().size(), 1U);
}

TEST(SessionTest, BadContentIsRefusedBeforeItIsSent) {
  FakeServer server;
  const auto session = ConnectTo(server);
  const PublishResult result = Say(*session, "\xff").get();
  EXPECT_EQ(result.outcome, Outcome::kNotStored);
  EXPECT_EQ(result.error.code, "ERROR_INVALID_CONTENT");
  EXPECT_EQ(result.error.advice, Advice::kGiveUp);
  EXPECT_TRUE(server.Publishes().empty());
}

TEST(SessionTest, APublishWithoutAnAckIsUnknownAtItsDeadline) {
  FakeServer server;
  server.AnswerWith(FakeServer::Answer::kDrop);
  Options options = OptionsFor(server);
  options.publish_deadline = milliseconds(50);
  const auto session = std::move(*Client(options).Connect());
  const PublishResult result = Say(*session, "hello").get();
  EXPECT_EQ(result.outcome, Outcome::kUnknown);
  EXPECT_EQ(result.error.code, "DEADLINE_EXCEEDED");
}

TEST(SessionTest, AnAnswerAfterTheDeadlineIsCountedAndChangesNothing) {
  FakeServer server;
  server.AnswerWith(FakeServer::Answer::kHold);
  Options options = OptionsFor(server);
  options.publish_deadline = milliseconds(50);
  const auto session = std::move(*Client(options).Connect());
  EXPECT_EQ(Say(*session, "hello").get().outcome, Outcome::kUnknown);
  server.ReleaseAcks();
  ASSERT_TRUE(session->Join(kGeneral));  // Its answer stands behind the ack.
  EXPECT_EQ(session->counters().late_answers, 1U);
}

TEST(SessionTest, TooManyPublishesInFlightAreRefusedAtOnce) {
  FakeServer server;
  server.LimitPublishesInFlight(2);
  server.AnswerWith(FakeServer::Answer::kHold);
  const auto session = ConnectTo(server);
  auto first = Say(*session, "1");
  auto second = Say(*session, "2");
  const PublishResult third = Say(*session, "3").get();
  EXPECT_EQ(third.outcome, Outcome::kNotStored);
  EXPECT_EQ(third.error.code, "ERROR_BUSY");
  ASSERT_TRUE(server.WaitForPublishes(2));
  server.ReleaseAcks();
  EXPECT_EQ(first.get().outcome, Outcome::kStored);
  EXPECT_EQ(second.get().outcome, Outcome::kStored);
}

TEST(SessionTest, AJoinWithoutAnAnswerEndsAtItsDeadline) {
  FakeServer server;
  server.IgnoreJoins();
  Options options = OptionsFor(server);
  options.request_deadline = milliseconds(50);
  const auto session = std::move(*Client(options).Connect());
  const Result<JoinedChannel> joined = session->Join(kGeneral);
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error.code, "DEADLINE_EXCEEDED");
}

TEST(SessionTest, ARefusedJoinSaysWhy) {
  FakeServer server;
  const auto session = ConnectTo(server);
  ASSERT_TRUE(session->Join(kGeneral));
  const Result<JoinedChannel> again = session->Join(kGeneral);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error.code, "ERROR_WRONG_MEMBERSHIP");
}

TEST(SessionTest, ALeftChannelIsSilent) {
  FakeServer server;
  const auto session = ConnectTo(server);
  ASSERT_TRUE(session->Join(kGeneral));
  ASSERT_TRUE(session->Join(ChannelName("other")));
  EXPECT_FALSE(session->Leave(kGeneral));
  EXPECT_TRUE(session->LastPosition(kGeneral).empty());
  server.Say("general", "bob", "unheard");
  server.Say("other", "bob", "heard");
  EXPECT_EQ(NextContent(*session), "heard");
}

TEST(SessionTest, AGapIsFilledByComingBackForIt) {
  FakeServer server;
  const auto session = ConnectTo(server);
  ASSERT_TRUE(session->Join(kGeneral));
  server.Say("general", "bob", "one");
  server.Say("general", "bob", "two", /*lose=*/true);
  server.Say("general", "bob", "three");
  EXPECT_EQ(NextContent(*session), "one");
  EXPECT_EQ(NextOf<Reconnecting>(*session)->why.code, kMissing);
  EXPECT_EQ(NextContent(*session), "two");
  EXPECT_EQ(NextContent(*session), "three");
  EXPECT_EQ(session->counters().gaps, 1U);
  EXPECT_EQ(session->counters().gaps_told, 0U);
}

TEST(SessionTest, WhatWasGivenIsNotGivenAgain) {
  FakeServer server;
  const auto session = ConnectTo(server);
  ASSERT_TRUE(session->Join(kGeneral));
  server.Say("general", "bob", "one");
  server.Repeat("general");
  server.Say("general", "bob", "two");
  EXPECT_EQ(NextContent(*session), "one");
  EXPECT_EQ(NextContent(*session), "two");
  EXPECT_EQ(session->counters().duplicates_dropped, 1U);
  EXPECT_EQ(session->counters().gaps, 0U);
}

TEST(SessionTest, AnotherSessionGoesOnWhereOneStopped) {
  FakeServer server;
  auto first = ConnectTo(server);
  ASSERT_TRUE(first->Join(kGeneral));
  server.Say("general", "bob", "one");
  EXPECT_EQ(NextContent(*first), "one");
  const PositionToken position = first->LastPosition(kGeneral);
  first->Close();
  server.Say("general", "bob", "two");

  const auto second = ConnectTo(server);
  const Result<JoinedChannel> joined = second->Join(kGeneral, position);
  ASSERT_TRUE(joined);
  EXPECT_EQ(joined->recovery, Recovery::kComplete);
  EXPECT_EQ(NextContent(*second), "two");
  EXPECT_EQ(second->counters().gaps, 0U);
}

TEST(SessionTest, APositionThatIsTooOldIsToldAndDeliveryStartsLive) {
  FakeServer server;
  server.RecoverWith(v1::RECOVERY_EXPIRED);
  const std::string old = server.Say("general", "bob", "one");
  const std::string last = server.Say("general", "bob", "two");
  const auto session = ConnectTo(server);
  const Result<JoinedChannel> joined = session->Join(kGeneral, PositionToken(old));
  ASSERT_TRUE(joined);
  EXPECT_EQ(joined->recovery, Recovery::kExpired);
  EXPECT_EQ(joined->position.value(), last);
}

TEST(SessionTest, CheckpointsMoveThePositionOfAQuietChannel) {
  FakeServer server;
  const auto session = ConnectTo(server);
  ASSERT_TRUE(session->Join(kGeneral));
  v1::Event event;
  event.mutable_checkpoint()->set_channel("general");
  event.mutable_checkpoint()->set_position("9");
  server.TellAll(event);
  ASSERT_TRUE(session->Join(ChannelName("other")));  // Its answer stands behind the checkpoint.
  EXPECT_EQ(session->LastPosition(kGeneral), PositionToken("9"));
}

TEST(SessionTest, ADiscontinuityIsToldAndWhatFollowsIsNoGap) {
  FakeServer server;
  const auto session = ConnectTo(server);
  ASSERT_TRUE(session->Join(kGeneral));
  const std::string lost = server.Say("general", "bob", "one", /*lose=*/true);
  v1::Event event;
  event.mutable_discontinuity()->set_channel("general");
  event.mutable_discontinuity()->set_position(lost);
  event.mutable_discontinuity()->set_reason(v1::DISCONTINUITY_RETENTION);
  server.TellAll(event);
  server.Say("general", "bob", "two");
  const std::optional<Discontinuity> told = NextOf<Discontinuity>(*session);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->reason, LossReason::kRetention);
  EXPECT_EQ(NextContent(*session), "two");
  EXPECT_EQ(session->counters().gaps, 0U);
}

TEST(SessionTest, MembersComeAndGo) {
  FakeServer server;
  const auto session = ConnectTo(server);
  ASSERT_TRUE(session->Join(kGeneral));
  EXPECT_THAT(NextOf<PresenceChange>(*session)->joined, ElementsAre(UserId("alice")));
  {
    Options options = OptionsFor(server);
    options.user = UserId("bob");
    const auto bob = std::move(*Client(options).Connect());
    ASSERT_TRUE(bob->Join(kGeneral));
    EXPECT_THAT(NextOf<PresenceChange>(*session)->joined, ElementsAre(UserId("bob")));
  }
  EXPECT_THAT(NextOf<PresenceChange>(*session)->left, ElementsAre(UserId("bob")));
}

TEST(SessionTest, AReaderThatDoesNotTakeIsHeldBackAndMissesNothing) {
  FakeServer server;
  Options options = OptionsFor(server);
  options.events_max = 8;
  const auto session = std::move(*Client(options).Connect());
  ASSERT_TRUE(session->Join(kGeneral));
  constexpr int kMessages = 2000;
  const std::string filler(1000, 'x');  // In sum more than gRPC's own windows hold.
  for (int i = 0; i < kMessages; ++i) {
    server.Say("general", "bob", std::to_string(i) + " " + filler);
  }
  EXPECT_LT(session->counters().messages, 100U);
  for (int i = 0; i < kMessages; ++i) {
    ASSERT_EQ(NextContent(*session), std::to_string(i) + " " + filler);
  }
  EXPECT_EQ(session->counters().gaps, 0U);
}

TEST(SessionTest, TheServersLastWordsAreTheReason) {
  FakeServer server;
  const auto session = ConnectTo(server);
  v1::Event event;
  event.mutable_error()->set_code(v1::ERROR_SLOW_READER);
  event.mutable_error()->set_message("too slow");
  server.TellAll(event);
  server.EndStreams({grpc::StatusCode::RESOURCE_EXHAUSTED, "slow"});
  const std::optional<Reconnecting> lost = NextOf<Reconnecting>(*session);
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->why.code, "ERROR_SLOW_READER");
  EXPECT_EQ(lost->lost, ServerId("fake"));
}

TEST(SessionTest, ARefusalThatNoServerWillLiftEndsTheSession) {
  FakeServer server;
  server.AnswerWith(FakeServer::Answer::kHold);
  const auto session = ConnectTo(server);
  auto ack = Say(*session, "hello");
  ASSERT_TRUE(server.WaitForPublishes(1));
  v1::Event event;
  event.mutable_error()->set_code(v1::ERROR_MALFORMED);
  server.TellAll(event);
  server.EndStreams({grpc::StatusCode::INVALID_ARGUMENT, "no frame"});
  EXPECT_EQ(ack.get().outcome, Outcome::kUnknown);
  const std::optional<Event> end = session->Next(kPatience);
  ASSERT_TRUE(end && std::holds_alternative<Closed>(*end));
  EXPECT_EQ(std::get<Closed>(*end).error.code, "ERROR_MALFORMED");

  const PublishResult later = Say(*session, "later").get();
  EXPECT_EQ(later.outcome, Outcome::kNotStored);
  EXPECT_FALSE(session->Join(kGeneral));
}

}  // namespace
}  // namespace parley::client
