#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/feed/feed_fixture.h"

namespace parley::gateway {
namespace {

using internal::v1::RouterFrame;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST_F(FeedTest, AttachFailsAtItsDeadlineWithoutRouters) {
  Attach(hub, "a");
  Pass(milliseconds(4950));
  EXPECT_THAT(hub.Take(), IsEmpty());
  Pass(milliseconds(50));
  EXPECT_THAT(hub.Take(), ElementsAre("failed a"));
  EXPECT_EQ(feed.channels(), 0u);
  EXPECT_EQ(feed.counters().attaches_failed, 1u);
}

TEST_F(FeedTest, DetachAnswersAnAttachThatIsUnderWay) {
  LinkAndClaim(kA, "router-a");
  Attach(hub, "a");
  Detach(hub, "a");
  EXPECT_THAT(hub.Take(), ElementsAre("failed a"));
  EXPECT_THAT(sink.TakeWords(), ElementsAre("serve 1 from none to 1", "stop 1 to 1"));
}

TEST_F(FeedTest, LastHubRemovesTheChannelAndLastChannelStopsThePartition) {
  AttachedAtTen();
  Attach(other, "a");
  Attach(hub, "b");
  Added(kA, "b", 1, 10);
  sink.sent.clear();
  Detach(hub, "a");
  EXPECT_THAT(sink.TakeWords(), IsEmpty());
  Detach(other, "a");
  EXPECT_THAT(sink.TakeWords(), ElementsAre("remove a to 1"));
  Detach(hub, "b");
  EXPECT_THAT(sink.TakeWords(), ElementsAre("stop 1 to 1"));
  EXPECT_EQ(feed.channels(), 0u);

  hub.Take();
  Attach(hub, "a");
  EXPECT_THAT(sink.TakeWords(), ElementsAre("serve 2 from none to 1"))
      << "cursor forgotten, number risen";
  Deliver(kA, 1, 10, 11, {{11, "a"}});
  EXPECT_THAT(hub.Take(), IsEmpty());
}

TEST_F(FeedTest, ChannelsBeyondTheLimitAreRefusedAtOnce) {
  FeedConfig config;
  config.channels_max = 1;
  Feed small(config, sink);
  small.SetLogInfo(kLog);
  small.Attach(hub, ChannelName("a"), kLog.epoch, now);
  small.Attach(hub, ChannelName("b"), kLog.epoch, now);
  small.Attach(other, ChannelName("a"), kLog.epoch, now);
  EXPECT_THAT(hub.Take(), ElementsAre("failed b"));
  EXPECT_THAT(other.Take(), IsEmpty());
  EXPECT_EQ(small.counters().attaches_refused, 1u);
}

TEST_F(FeedTest, LossIsToldAndTheChainBeginsAnew) {
  AttachedAtTen();
  Deliver(kA, 1, 10, 12, {{11, "a"}});
  Attach(hub, "ahead");
  Added(kA, "ahead", 1, 40);
  hub.Take();
  Lost(kA, 1, 12, 30);
  EXPECT_THAT(hub.Take(), ElementsAre("lost a through 30"));
  Deliver(kA, 1, 30, 41, {{31, "a"}, {41, "ahead"}});
  EXPECT_THAT(hub.Take(), ElementsAre("through 41 a@31<? ahead@41<?"));
  Lost(kA, 1, 20, 30);
  EXPECT_THAT(hub.Take(), IsEmpty()) << "nothing that was not seen";
  EXPECT_EQ(feed.counters().losses, 1u);
}

TEST_F(FeedTest, LossBeyondTheCursorIsAHole) {
  AttachedAtTen();
  Lost(kA, 1, 15, 30);
  EXPECT_THAT(hub.Take(), IsEmpty());
  EXPECT_THAT(sink.TakeWords(), ElementsAre("serve 2 from 10 to 1"));
}

TEST_F(FeedTest, LossAnswersAServeAndWhatJoinsThenBeginsBehindIt) {
  AttachedAtTen();
  LinkAndClaim(kB, "router-b");
  feed.OnLinkDown(kA, now);
  Attach(hub, "b");
  Added(kB, "b", 1, 30);
  hub.Take();
  Attach(other, "c");
  feed.OnLinkDown(kB, now);
  LinkAndClaim(kA, "router-a");
  Lost(kA, 3, 10, 30);
  EXPECT_THAT(hub.Take(), ElementsAre("lost a through 30"));
  EXPECT_THAT(other.Take(), ElementsAre("attached c at 30"));
}

TEST_F(FeedTest, PageComesFromMemoryWhereTheRingReachesBack) {
  AttachedAtTen();
  Deliver(kA, 1, 10, 14, {{11, "a"}, {13, "a"}});
  ReadForward(hub, 5, "a", 10);
  ASSERT_EQ(hub.pages.size(), 1u);
  EXPECT_THAT(OffsetsOf(hub.pages[0]), ElementsAre(11, 13));
  EXPECT_EQ(hub.pages[0].messages[1], hub.batches[0]->at(1))
      << "the very message, with its encodings";
  EXPECT_EQ(hub.pages[0].through, 14);
  EXPECT_TRUE(hub.pages[0].caught_up);
  ReadForward(other, 6, "a", 10);
  EXPECT_FALSE(other.pages.at(0).caught_up) << "nothing follows for a hub that is not attached";
  EXPECT_THAT(sink.TakeWords(), IsEmpty());
}

TEST_F(FeedTest, PageOfARouterHasCaughtUpWhenItReachesTheCursor) {
  AttachedAtTen();
  Deliver(kA, 1, 10, 14, {{11, "a"}});
  for (const std::uint64_t number : {1u, 2u}) {
    ReadForward(hub, number, "a", 3);
    RouterFrame frame;
    frame.mutable_read()->set_read(number);
    frame.mutable_read()->set_outcome(internal::v1::READ_OUTCOME_OK);
    frame.mutable_read()->set_through(number == 1 ? 13 : 14);
    feed.OnFrame(kA, frame, now);
  }
  ASSERT_EQ(hub.pages.size(), 2u);
  EXPECT_FALSE(hub.pages[0].caught_up);
  EXPECT_TRUE(hub.pages[1].caught_up);
}

TEST_F(FeedTest, ReadWithoutRoutersIsBusyAtItsDeadline) {
  ReadForward(hub, 1, "a", 3);
  Pass(milliseconds(4950));
  EXPECT_THAT(hub.pages, IsEmpty());
  Pass(milliseconds(50));
  ASSERT_EQ(hub.pages.size(), 1u);
  EXPECT_EQ(hub.pages[0].outcome, PageOutcome::kBusy);
}

}  // namespace
}  // namespace parley::gateway
