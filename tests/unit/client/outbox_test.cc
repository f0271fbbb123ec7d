#include "client/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "client/errors.h"

namespace parley::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

const TimePoint kStart{};
const PositionToken kPlace("7");
constexpr Backoff kBackoff = {.first = milliseconds(200), .most = seconds(3)};

class OutboxTest : public testing::Test {
 protected:
  std::future<PublishResult> Add(const std::string& id, const std::string& channel = "general") {
    std::promise<PublishResult> answer;
    std::future<PublishResult> result = answer.get_future();
    outbox_.Add({.channel = ChannelName(channel), .content = "x", .id = MessageId(id)},
                std::move(answer), kStart + seconds(8));
    return result;
  }

  // What may be sent now: "id", or "id!" when it is marked as a retry.
  std::vector<std::string> Send(TimePoint now = kStart) {
    std::vector<std::string> sent;
    for (v1::Publish wire; outbox_.Next(now, ++last_ref_, wire); wire.Clear()) {
      refs_[wire.id()] = last_ref_;
      sent.push_back(wire.id() + (wire.retry() ? "!" : ""));
    }
    return sent;
  }

  bool Refuse(const std::string& id, v1::ErrorCode code, TimePoint now = kStart) {
    return outbox_.OnError(refs_[id], ErrorOf(code, "no"), OutcomeOf(code), now);
  }
  bool Ack(const std::string& id) { return outbox_.OnAck(refs_[id], kPlace); }

  Chance chance_{1};
  Outbox outbox_{kBackoff, chance_};
  std::uint64_t last_ref_ = 0;
  std::map<std::string, std::uint64_t> refs_;
};

TEST_F(OutboxTest, WhatIsSentWaitsForItsAck) {
  auto one = Add("one");
  EXPECT_THAT(Send(), ElementsAre("one"));
  EXPECT_THAT(Send(), IsEmpty());
  EXPECT_TRUE(Ack("one"));
  EXPECT_FALSE(Ack("one")) << "nobody waits any more";
  const PublishResult result = one.get();
  EXPECT_EQ(result.outcome, Outcome::kStored);
  EXPECT_EQ(result.position, kPlace);
  EXPECT_EQ(result.attempts, 1U);
  EXPECT_EQ(outbox_.size(), 0U);
}

TEST_F(OutboxTest, OneThatIsTurnedAwayHoldsBackWhatComesLaterInItsChannel) {
  auto one = Add("one");
  auto two = Add("two");
  EXPECT_THAT(Send(), ElementsAre("one", "two"));
  EXPECT_TRUE(Refuse("one", v1::ERROR_UNAVAILABLE));
  auto three = Add("three");
  auto elsewhere = Add("elsewhere", "other");
  EXPECT_THAT(Send(), ElementsAre("elsewhere"));
  const TimePoint later = outbox_.NextDue(kStart);
  EXPECT_LE(later, kStart + kBackoff.first);
  EXPECT_THAT(Send(later), ElementsAre("one"));
  EXPECT_TRUE(Ack("two")) << "it was on its way";
  EXPECT_THAT(Send(later), IsEmpty());
  EXPECT_TRUE(Ack("one"));
  EXPECT_THAT(Send(later), ElementsAre("three"));
}

TEST_F(OutboxTest, OneThatIsGivenUpHoldsNothingBack) {
  auto one = Add("one");
  EXPECT_THAT(Send(), ElementsAre("one"));
  EXPECT_TRUE(Refuse("one", v1::ERROR_BUSY));
  auto two = Add("two");
  const TimePoint later = outbox_.NextDue(kStart);
  EXPECT_THAT(Send(later), ElementsAre("one"));
  EXPECT_TRUE(Refuse("one", v1::ERROR_CONTENT_TOO_LARGE, later));
  EXPECT_EQ(one.get().outcome, Outcome::kNotStored);
  EXPECT_THAT(Send(later), ElementsAre("two"));
}

TEST_F(OutboxTest, ALostStreamTurnsNothingAwayAndAllGoesAgainInOrder) {
  auto one = Add("one");
  auto two = Add("two");
  EXPECT_THAT(Send(), ElementsAre("one", "two"));
  auto three = Add("three");
  outbox_.OnStreamEnd({refs_["two"]});  // It never left.
  EXPECT_THAT(Send(), ElementsAre("one!", "two", "three"));
  EXPECT_FALSE(outbox_.OnAck(1, kPlace)) << "the answer of a stream that is gone";
  EXPECT_TRUE(Ack("one"));
  EXPECT_TRUE(Ack("two"));
  EXPECT_EQ(one.get().attempts, 2U);
  EXPECT_EQ(two.get().attempts, 1U);
  EXPECT_EQ(outbox_.resent(), 1U);
}

TEST_F(OutboxTest, OnlyWhatMayBeStoredIsMarkedAndStaysMarked) {
  auto one = Add("one");
  TimePoint now = kStart;
  EXPECT_THAT(Send(now), ElementsAre("one"));
  EXPECT_TRUE(Refuse("one", v1::ERROR_BUSY, now));
  EXPECT_THAT(Send(now = outbox_.NextDue(now)), ElementsAre("one"));
  EXPECT_TRUE(Refuse("one", v1::ERROR_OUTCOME_UNKNOWN, now));
  EXPECT_THAT(Send(now = outbox_.NextDue(now)), ElementsAre("one!"));
  EXPECT_TRUE(Refuse("one", v1::ERROR_UNAVAILABLE, now));
  EXPECT_THAT(Send(now = outbox_.NextDue(now)), ElementsAre("one!"));
}

TEST_F(OutboxTest, AtTheDeadlineOnlyProofMakesItNotStored) {
  auto unsent = Add("unsent", "a");
  auto refused = Add("refused", "b");
  auto in_flight = Add("in flight", "c");
  auto lost = Add("lost", "d");
  EXPECT_EQ(Send().size(), 4U);
  outbox_.OnStreamEnd({refs_["unsent"], refs_["refused"], refs_["in flight"]});
  EXPECT_EQ(Send().size(), 4U);
  EXPECT_TRUE(Refuse("refused", v1::ERROR_UNAVAILABLE));
  EXPECT_TRUE(Refuse("lost", v1::ERROR_UNAVAILABLE));
  outbox_.OnStreamEnd({refs_["unsent"]});
  EXPECT_EQ(Send().size(), 4U);
  EXPECT_TRUE(Refuse("refused", v1::ERROR_UNAVAILABLE));
  EXPECT_TRUE(Refuse("unsent", v1::ERROR_UNAVAILABLE));
  outbox_.OnTime(kStart + seconds(8));
  EXPECT_EQ(unsent.get().outcome, Outcome::kNotStored);
  EXPECT_EQ(refused.get().error.code, "ERROR_UNAVAILABLE");
  EXPECT_EQ(in_flight.get().outcome, Outcome::kUnknown);
  EXPECT_EQ(lost.get().outcome, Outcome::kUnknown);
  EXPECT_EQ(outbox_.NextDue(kStart), TimePoint::max());
}

TEST_F(OutboxTest, AServerThatRefusesOnAndOnIsAskedLessAndLess) {
  auto one = Add("one");
  int asked = 0;
  for (TimePoint now = kStart; now < kStart + seconds(8); now = outbox_.NextDue(now)) {
    outbox_.OnTime(now);
    for (const std::string& id : Send(now)) {
      ++asked;
      EXPECT_TRUE(Refuse(id.substr(0, 3), v1::ERROR_UNAVAILABLE, now));
    }
  }
  EXPECT_GE(asked, 4);
  EXPECT_LE(asked, 30);
}

}  // namespace
}  // namespace parley::client
