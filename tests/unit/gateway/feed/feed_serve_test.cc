#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/feed/feed_fixture.h"

namespace parley::gateway {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST_F(FeedTest, LinkOfAnotherLogIsRefusedAndSaysWhy) {
  EXPECT_EQ(Link(kA, "a", kLog.epoch + 1), LinkVerdict::kEpoch);
  EXPECT_EQ(Link(kA, "a", kLog.epoch, 2), LinkVerdict::kPartitions);
  internal::v1::RouterHello hello;
  hello.set_router_id("a");
  EXPECT_EQ(feed.OnLinkUp(kA, hello, now), LinkVerdict::kVersion);
  RecordingSink early_sink;
  Feed early(FeedConfig{}, early_sink);
  EXPECT_EQ(early.OnLinkUp(kA, hello, now), LinkVerdict::kNotReady);
  EXPECT_EQ(feed.links(), 0u);
  EXPECT_EQ(feed.counters().links_refused, 3u);
}

TEST_F(FeedTest, LinksBeyondTheLimitAreRefused) {
  FeedConfig config;
  config.links_max = 1;
  Feed small(config, sink);
  small.SetLogInfo(kLog);
  internal::v1::RouterHello hello;
  hello.set_version(kLinkVersion);
  hello.set_log_epoch(kLog.epoch);
  hello.set_partitions(kLog.partitions);
  hello.set_router_id("a");
  EXPECT_EQ(small.OnLinkUp(kA, hello, now), LinkVerdict::kAccepted);
  EXPECT_EQ(small.OnLinkUp(kB, hello, now), LinkVerdict::kAccepted) << "replaces its own";
  hello.set_router_id("b");
  EXPECT_EQ(small.OnLinkUp(LinkId{3}, hello, now), LinkVerdict::kTooMany);
}

TEST_F(FeedTest, NewerLinkOfARouterReplacesTheOlder) {
  AttachedAtTen();
  ASSERT_EQ(Link(kB, "router-a"), LinkVerdict::kAccepted);
  EXPECT_THAT(sink.replaced, ElementsAre(kA));
  EXPECT_THAT(sink.TakeWords(), ElementsAre("serve 2 from 10 to 2"));
  Deliver(kA, 1, 10, 12, {{11, "a"}});
  Deliver(kA, 2, 10, 12, {{11, "a"}});
  EXPECT_THAT(hub.Take(), IsEmpty());
  feed.OnLinkDown(kA, now);
  EXPECT_THAT(sink.TakeWords(), IsEmpty());
}

TEST_F(FeedTest, FirstPlaceToldIsTheCursorBeforeAnyJoinIsAnswered) {
  LinkAndClaim(kA, "router-a");
  Attach(hub, "a");
  Attach(hub, "b");
  EXPECT_THAT(sink.TakeWords(), ElementsAre("serve 1 from none to 1", "add b to 1"));
  Added(kA, "b", 1, 10);
  EXPECT_THAT(hub.Take(), ElementsAre("attached b at 10"));
  LinkAndClaim(kB, "router-b");
  feed.OnLinkDown(kA, now);
  EXPECT_THAT(sink.TakeWords(), ElementsAre("serve 2 from 10 to 2"));
  Deliver(kB, 2, 10, 20, {{12, "b"}, {15, "a"}});
  EXPECT_THAT(hub.Take(), ElementsAre("attached a at 10", "through 20 b@12<? a@15<?"));
}

TEST_F(FeedTest, LaterHubIsAnsweredAtOnceWithTheCursor) {
  AttachedAtTen();
  Deliver(kA, 1, 10, 14, {{12, "a"}});
  Attach(other, "a");
  EXPECT_THAT(other.Take(), ElementsAre("attached a at 14"));
  EXPECT_THAT(sink.TakeWords(), IsEmpty());
  Deliver(kA, 1, 14, 15, {{15, "a"}});
  EXPECT_THAT(hub.Take(), ElementsAre("through 14 a@12<?", "through 15 a@15<12"));
  EXPECT_THAT(other.Take(), ElementsAre("through 15 a@15<12"));
}

TEST_F(FeedTest, ChannelAddedAheadOfTheCursorBeginsThereForEveryHub) {
  AttachedAtTen();
  Attach(hub, "b");
  Added(kA, "b", 1, 13);
  Attach(other, "b");
  EXPECT_THAT(hub.Take(), ElementsAre("attached b at 13"));
  EXPECT_THAT(other.Take(), ElementsAre("attached b at 13"));
}

TEST_F(FeedTest, HubsThatWantTheSameShareOneVector) {
  AttachedAtTen();
  Attach(other, "a");
  Deliver(kA, 1, 10, 12, {{11, "a"}, {12, "a"}});
  ASSERT_EQ(hub.batches.size(), 1u);
  EXPECT_EQ(hub.batches[0], other.batches[0]);
}

TEST_F(FeedTest, HubsGetOnlyTheirChannels) {
  AttachedAtTen();
  Attach(other, "b");
  Added(kA, "b", 1, 10);
  Deliver(kA, 1, 10, 13, {{11, "a"}, {12, "b"}, {13, "c"}});
  EXPECT_THAT(hub.Take(), ElementsAre("through 13 a@11<?"));
  EXPECT_THAT(other.Take(), ElementsAre("attached b at 10", "through 13 b@12<?"));
}

TEST_F(FeedTest, QuietHubsHearOfProgressOnceASecond) {
  AttachedAtTen();
  Deliver(kA, 1, 10, 50);
  Deliver(kA, 1, 50, 60);
  EXPECT_THAT(hub.Take(), IsEmpty());
  Pass(milliseconds(1000), {kA});
  EXPECT_THAT(hub.Take(), ElementsAre("through 60"));
  Pass(milliseconds(3000), {kA});
  EXPECT_THAT(hub.Take(), IsEmpty());
}

TEST_F(FeedTest, HoleIsAskedForAgainFromTheCursor) {
  AttachedAtTen();
  Deliver(kA, 1, 12, 14, {{13, "a"}});
  EXPECT_THAT(sink.TakeWords(), ElementsAre("serve 2 from 10 to 1"));
  Deliver(kA, 1, 14, 15, {{15, "a"}});
  EXPECT_THAT(hub.Take(), IsEmpty());
  Deliver(kA, 2, 10, 15, {{11, "a"}, {13, "a"}, {15, "a"}});
  EXPECT_THAT(hub.Take(), ElementsAre("through 15 a@11<? a@13<11 a@15<13"));
  EXPECT_EQ(feed.counters().holes, 1u);
  EXPECT_EQ(feed.counters().stale, 1u);
}

TEST_F(FeedTest, HolesInARowAreAskedForWithBackoffThenOfAnotherRouter) {
  AttachedAtTen();
  ASSERT_EQ(Link(kB, "router-b"), LinkVerdict::kAccepted);
  Deliver(kA, 1, 12, 14);
  EXPECT_THAT(sink.TakeWords(), ElementsAre("serve 2 from 10 to 1"));
  Deliver(kA, 2, 12, 14);
  Deliver(kA, 2, 14, 15);
  EXPECT_THAT(sink.TakeWords(), IsEmpty());
  Pass(milliseconds(50), {kA, kB});
  EXPECT_THAT(sink.TakeWords(), ElementsAre("stop 2 to 1", "serve 3 from 10 to 2"));
  EXPECT_EQ(feed.counters().holes, 2u);
}

TEST_F(FeedTest, LonelyRouterWithAHoleIsNotAskedInAnEndlessLoop) {
  AttachedAtTen();
  std::uint64_t serve = 1;
  for (int i = 0; i < 400; ++i) {
    Deliver(kA, serve, 12, 14);
    Pass(milliseconds(50), {kA});
    for (const auto& [link, frame] : sink.sent) serve = frame.serve().serve();
    sink.sent.clear();
  }
  EXPECT_LT(serve, 25u) << "in 20 s";
  Deliver(kA, serve, 10, 12, {{11, "a"}});
  EXPECT_THAT(hub.heard, testing::Contains("through 12 a@11<?"));
}

TEST_F(FeedTest, FramesThatContradictThemselvesAreAskedForAgain) {
  AttachedAtTen();
  Deliver(kA, 1, 10, 12, {{12, "a"}, {11, "a"}});
  Deliver(kA, 2, 10, 12, {{13, "a"}});
  EXPECT_THAT(hub.Take(), IsEmpty());
  EXPECT_EQ(feed.counters().malformed, 2u);
  Pass(milliseconds(50), {kA});
  EXPECT_THAT(sink.TakeWords(), ElementsAre("serve 2 from 10 to 1", "serve 3 from 10 to 1"));
}

TEST_F(FeedTest, RepeatedRecordsAreDropped) {
  AttachedAtTen();
  Deliver(kA, 1, 10, 12, {{11, "a"}});
  Deliver(kA, 1, 8, 13, {{9, "a"}, {11, "a"}, {13, "a"}});
  Deliver(kA, 1, 8, 9, {{9, "a"}});
  Deliver(kA, 1, 13, 14, {{14, "a"}});
  EXPECT_THAT(hub.Take(),
              ElementsAre("through 12 a@11<?", "through 13 a@13<11", "through 14 a@14<13"));
  EXPECT_EQ(feed.counters().repeated, 3u);
}

TEST_F(FeedTest, SilentServerIsReplacedWithinASecondAndItsLateFramesChangeNothing) {
  AttachedAtTen();
  ASSERT_EQ(Link(kB, "router-b"), LinkVerdict::kAccepted);
  Pass(milliseconds(1000), {kB});
  EXPECT_THAT(sink.TakeWords(), IsEmpty());
  Pass(milliseconds(50), {kB});
  EXPECT_THAT(sink.TakeWords(), ElementsAre("stop 1 to 1", "serve 2 from 10 to 2"));
  Deliver(kB, 2, 10, 12, {{11, "a"}});
  Deliver(kA, 1, 10, 13, {{11, "a"}, {13, "a"}});
  EXPECT_THAT(hub.Take(), ElementsAre("through 10", "through 12 a@11<?"));
}

TEST_F(FeedTest, ServeThatIsNotAnsweredGoesToTheNextRouter) {
  LinkAndClaim(kA, "router-a");
  ASSERT_EQ(Link(kB, "router-b"), LinkVerdict::kAccepted);
  Attach(hub, "a");
  Pass(milliseconds(450), {kA, kB});
  EXPECT_THAT(sink.TakeWords(), ElementsAre("serve 1 from none to 1"));
  Pass(milliseconds(50), {kA, kB});
  EXPECT_THAT(sink.TakeWords(), ElementsAre("stop 1 to 1", "serve 2 from none to 2"));
  EXPECT_EQ(feed.counters().serves_unanswered, 1u);
}

TEST_F(FeedTest, ServerThatForgotThePartitionIsReplaced) {
  AttachedAtTen();
  ASSERT_EQ(Link(kB, "router-b"), LinkVerdict::kAccepted);
  Pass(milliseconds(4950), {kA, kB});
  EXPECT_THAT(sink.TakeWords(), IsEmpty());
  Pass(milliseconds(50), {kA, kB});
  EXPECT_THAT(sink.TakeWords(), ElementsAre("stop 1 to 1", "serve 2 from 10 to 2"));
}

TEST_F(FeedTest, OutstandingAddIsAskedAgainOfTheNextServer) {
  AttachedAtTen();
  ASSERT_EQ(Link(kB, "router-b"), LinkVerdict::kAccepted);
  Attach(hub, "b");
  feed.OnLinkDown(kA, now);
  ASSERT_EQ(sink.sent.size(), 2u);
  EXPECT_THAT(sink.sent[1].second.serve().channels(), UnorderedElementsAre("a", "b"));
  Added(kB, "b", 1, 30);
  EXPECT_THAT(hub.Take(), IsEmpty()) << "of the old server";
  Deliver(kB, 2, 10, 11, {{11, "b"}});
  EXPECT_THAT(hub.Take(), ElementsAre("attached b at 10", "through 11 b@11<?"));
}

TEST_F(FeedTest, AddThatIsNotAnsweredIsAskedAgainAsAServe) {
  AttachedAtTen();
  Attach(hub, "b");
  Pass(milliseconds(1950), {kA});
  EXPECT_THAT(sink.TakeWords(), ElementsAre("add b to 1"));
  Pass(milliseconds(50), {kA});
  EXPECT_THAT(sink.TakeWords(), ElementsAre("serve 2 from 10 to 1"));
  hub.Take();
  Deliver(kA, 2, 10, 11);
  EXPECT_THAT(hub.Take(), ElementsAre("attached b at 10"));
}

}  // namespace
}  // namespace parley::gateway
