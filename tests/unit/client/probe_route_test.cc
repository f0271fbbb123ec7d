#include "cli/probe/route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <optional>

#include "tests/fakes/client/fake_server.h"

namespace parley::cli {
namespace {

using client::FakeServer;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Two gateways with a log each: what comes out of the second is up to the test.
class ProbeRouteTest : public testing::Test {
 protected:
  Route Open(Duration timeout) {
    return {client::Options{.user = UserId("prober")},
            {{sender_.address()}, {receiver_.address()}},
            ChannelName(kChannel),
            timeout};
  }

  // What was sent, as the second gateway would deliver it.
  void Deliver() {
    const v1::PublishRequest sent = sender_.Publishes().back();
    v1::Event event;
    event.mutable_message()->set_channel(sent.channel());
    event.mutable_message()->set_id(sent.id());
    event.mutable_message()->set_sender(sent.user());
    event.mutable_message()->set_content(sent.content());
    event.mutable_message()->set_position("99");
    receiver_.TellAll(event);
  }

  static constexpr const char* kChannel = "probed";
  FakeServer sender_{"gateway-1"};
  FakeServer receiver_{"gateway-2"};
};

TEST_F(ProbeRouteTest, LatenciesAreTimesFromTheSending) {
  sender_.AnswerWith(FakeServer::Answer::kHold);
  Route route = Open(seconds(20));
  ASSERT_EQ(route.trouble(), std::nullopt);
  const SystemClock clock;
  const TimePoint before = clock.Now();
  std::future<ProbeResult> sent = std::async(std::launch::async, [&] { return route.Send(); });
  ASSERT_TRUE(sender_.WaitForPublishes(1));
  const TimePoint on_the_way = clock.Now();
  const Route another = Open(seconds(20));  // Something that takes its time.
  const TimePoint answered = clock.Now();
  Deliver();
  sender_.ReleaseAcks();
  const ProbeResult result = sent.get();
  const TimePoint after = clock.Now();

  EXPECT_EQ(result.outcome, ProbeOutcome::kDelivered);
  for (const std::optional<Duration>& latency : {result.acked, result.delivered}) {
    ASSERT_TRUE(latency);
    EXPECT_GE(*latency, answered - on_the_way);
    EXPECT_LE(*latency, after - before);
  }
}

TEST_F(ProbeRouteTest, WhatIsAckedAndDoesNotComeIsLostAndHasNoLatency) {
  Route route = Open(seconds(2));
  ASSERT_EQ(route.trouble(), std::nullopt);
  const ProbeResult result = route.Send();
  EXPECT_EQ(result.outcome, ProbeOutcome::kLost);
  ASSERT_TRUE(result.acked);
  EXPECT_LT(*result.acked, seconds(2));  // It was not awaited with the message.
  EXPECT_FALSE(result.delivered);
}

// Other probes may be in the channel.
TEST_F(ProbeRouteTest, WhatOthersSayIsNotItsMessageAndProlongsNothing) {
  Route route = Open(seconds(2));
  ASSERT_EQ(route.trouble(), std::nullopt);
  std::future<ProbeResult> sent = std::async(std::launch::async, [&] { return route.Send(); });
  const SystemClock clock;
  const TimePoint deadline = clock.Now() + seconds(20);
  while (sent.wait_for(milliseconds(10)) != std::future_status::ready && clock.Now() < deadline) {
    receiver_.Say(kChannel, "prober", "probe");
  }
  EXPECT_LT(clock.Now(), deadline);
  receiver_.EndStreams(grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "enough"));
  EXPECT_EQ(sent.get().outcome, ProbeOutcome::kLost);
}

TEST_F(ProbeRouteTest, WhatIsNeitherAckedNorReceivedIsUnknown) {
  sender_.AnswerWith(FakeServer::Answer::kDrop);
  Route route = Open(seconds(2));
  ASSERT_EQ(route.trouble(), std::nullopt);
  EXPECT_EQ(route.Send().outcome, ProbeOutcome::kUnknown);
}

TEST_F(ProbeRouteTest, WhatIsRefusedIsNotStored) {
  sender_.AnswerWith(FakeServer::Answer::kRefuse, v1::ERROR_INVALID_CONTENT);
  Route route = Open(seconds(2));
  ASSERT_EQ(route.trouble(), std::nullopt);
  const ProbeResult result = route.Send();
  EXPECT_EQ(result.outcome, ProbeOutcome::kNotStored);
  EXPECT_FALSE(result.acked);
}

TEST_F(ProbeRouteTest, WhatComesWithoutAnAckIsDelivered) {
  sender_.AnswerWith(FakeServer::Answer::kDrop);
  Route route = Open(seconds(2));
  ASSERT_EQ(route.trouble(), std::nullopt);
  std::future<ProbeResult> sent = std::async(std::launch::async, [&] { return route.Send(); });
  ASSERT_TRUE(sender_.WaitForPublishes(1));
  Deliver();
  const ProbeResult result = sent.get();
  EXPECT_EQ(result.outcome, ProbeOutcome::kDelivered);
  EXPECT_FALSE(result.acked);
}

}  // namespace
}  // namespace parley::cli
