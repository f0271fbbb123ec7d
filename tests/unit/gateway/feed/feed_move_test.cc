#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/feed/feed_fixture.h"

namespace parley::gateway {
namespace {

using internal::v1::RouterFrame;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

// A partition that moves from router A, which lives, to router B.
class FeedMoveTest : public FeedTest {
 protected:
  // "a" is attached at 10 by serve 1 of A; A leaves, and B has been asked with serve 2.
  void MovingAtTen() {
    AttachedAtTen();
    ASSERT_EQ(Link(kB, "router-b"), LinkVerdict::kAccepted);
    Leave(kA);
    EXPECT_THAT(sink.TakeWords(), ElementsAre("serve 2 from 10 to 2"));
  }
  void Leave(LinkId link) {
    RouterFrame frame;
    frame.mutable_leaving();
    feed.OnFrame(link, frame, now);
  }
};

TEST_F(FeedMoveTest, TheOldServerIsGoodUntilTheNewOneAnswers) {
  MovingAtTen();
  Deliver(kA, 1, 10, 12, {{11, "a"}});
  EXPECT_THAT(hub.Take(), ElementsAre("through 12 a@11<?"));
  EXPECT_THAT(sink.TakeWords(), IsEmpty());
  Deliver(kB, 2, 10, 13, {{11, "a"}, {13, "a"}});
  EXPECT_THAT(hub.Take(), ElementsAre("through 13 a@13<11"));
  EXPECT_THAT(sink.TakeWords(), ElementsAre("stop 1 to 1"));
  Deliver(kA, 1, 12, 14, {{13, "a"}, {14, "a"}});
  EXPECT_THAT(hub.Take(), IsEmpty());
  EXPECT_EQ(feed.counters().stale, 1u);
  Deliver(kB, 2, 13, 14, {{14, "a"}});
  EXPECT_THAT(hub.Take(), ElementsAre("through 14 a@14<13"));
}

// What the new one was asked to add, the old one does not know.
TEST_F(FeedMoveTest, TheOldServerEndsWithTheFirstAddedOfTheNewOne) {
  MovingAtTen();
  Attach(hub, "b");
  EXPECT_THAT(sink.TakeWords(), ElementsAre("add b to 2"));
  Added(kB, "b", 1, 10);
  EXPECT_THAT(hub.Take(), ElementsAre("attached b at 10"));
  EXPECT_THAT(sink.TakeWords(), ElementsAre("stop 1 to 1"));
  Deliver(kA, 1, 10, 14, {{12, "a"}});
  EXPECT_THAT(hub.Take(), IsEmpty());
  Deliver(kB, 2, 10, 14, {{12, "a"}, {13, "b"}});
  EXPECT_THAT(hub.Take(), ElementsAre("through 14 a@12<? b@13<?"));
}

TEST_F(FeedMoveTest, AJoinThatWasPendingBeginsWhereTheOldServerHasCome) {
  AttachedAtTen();
  ASSERT_EQ(Link(kB, "router-b"), LinkVerdict::kAccepted);
  Attach(hub, "b");
  Leave(kA);
  EXPECT_THAT(sink.TakeWords(), ElementsAre("add b to 1", "serve 2 from 10 to 2"));
  Added(kA, "b", 1, 11);
  Deliver(kA, 1, 10, 14, {{12, "a"}, {13, "b"}});
  EXPECT_THAT(hub.Take(), ElementsAre("through 14 a@12<?"));
  Deliver(kB, 2, 10, 16, {{12, "a"}, {13, "b"}, {15, "b"}});
  EXPECT_THAT(hub.Take(), ElementsAre("attached b at 14", "through 16 b@15<?"));
}

TEST_F(FeedMoveTest, AChannelThatWasLeftAndJoinedAgainBeginsWithTheNewServer) {
  MovingAtTen();
  Attach(other, "b");  // The partition stays wanted.
  Detach(hub, "a");
  Attach(hub, "a");
  EXPECT_THAT(sink.TakeWords(), ElementsAre("add b to 2", "remove a to 2", "add a to 2"));
  Deliver(kA, 1, 10, 13, {{12, "a"}});
  EXPECT_THAT(hub.Take(), IsEmpty());
  Added(kB, "a", 2, 10);
  EXPECT_THAT(hub.Take(), ElementsAre("attached a at 13"));
  Deliver(kB, 2, 10, 14, {{12, "a"}, {14, "a"}});
  EXPECT_THAT(hub.Take(), ElementsAre("through 14 a@14<?"));
}

TEST_F(FeedMoveTest, AHoleEndsTheOldServerAndNothingElse) {
  MovingAtTen();
  Deliver(kA, 1, 12, 14, {{13, "a"}});
  EXPECT_THAT(sink.TakeWords(), ElementsAre("stop 1 to 1"));
  Deliver(kA, 1, 10, 12, {{11, "a"}});
  EXPECT_THAT(hub.Take(), IsEmpty());
}

TEST_F(FeedMoveTest, AClaimantIsMovedToInTheSameWay) {
  AttachedAtTen();
  LinkAndClaim(kB, "router-b");
  Pass(milliseconds(1000), {kA, kB});
  EXPECT_THAT(sink.TakeWords(), ElementsAre("serve 2 from 10 to 2"));
  hub.Take();
  Deliver(kA, 1, 10, 11, {{11, "a"}});
  EXPECT_THAT(hub.Take(), ElementsAre("through 11 a@11<?"));
  Deliver(kB, 2, 10, 11, {{11, "a"}});
  EXPECT_THAT(sink.TakeWords(), ElementsAre("stop 1 to 1"));
}

TEST_F(FeedMoveTest, TheOldServerOutlivesANewOneThatDoesNotAnswer) {
  MovingAtTen();
  const LinkId third{3};
  ASSERT_EQ(Link(third, "router-c"), LinkVerdict::kAccepted);
  Pass(milliseconds(450), {kA, kB, third});
  Deliver(kA, 1, 10, 12, {{11, "a"}});
  Pass(milliseconds(50), {kA, kB, third});
  EXPECT_THAT(sink.TakeWords(), ElementsAre("stop 2 to 2", "serve 3 from 12 to 3"));
  hub.Take();
  Deliver(kA, 1, 12, 13, {{13, "a"}});
  EXPECT_THAT(hub.Take(), ElementsAre("through 13 a@13<11"));
  Deliver(third, 3, 12, 13, {{13, "a"}});
  EXPECT_THAT(sink.TakeWords(), ElementsAre("stop 1 to 1"));
}

TEST_F(FeedMoveTest, AServerThatIsAskedAgainIsNotStopped) {
  AttachedAtTen();
  LinkAndClaim(kB, "router-b");
  Pass(milliseconds(1000), {kA, kB});
  feed.OnLinkDown(kB, now);
  EXPECT_THAT(sink.TakeWords(), ElementsAre("serve 2 from 10 to 2", "serve 3 from 10 to 1"));
  Deliver(kA, 1, 10, 11, {{11, "a"}});
  Deliver(kA, 3, 10, 11, {{11, "a"}});
  EXPECT_THAT(hub.heard, testing::Contains("through 11 a@11<?"));
  EXPECT_THAT(sink.TakeWords(), IsEmpty());
}

TEST_F(FeedMoveTest, WithNobodyToMoveToALeavingRouterServesOn) {
  AttachedAtTen();
  Leave(kA);
  Pass(milliseconds(2000), {kA});
  EXPECT_THAT(sink.TakeWords(), IsEmpty());
  hub.Take();
  Deliver(kA, 1, 10, 12, {{11, "a"}});
  EXPECT_THAT(hub.Take(), ElementsAre("through 12 a@11<?"));
  ASSERT_EQ(Link(kB, "router-b"), LinkVerdict::kAccepted);
  EXPECT_THAT(sink.TakeWords(), ElementsAre("serve 2 from 12 to 2"));
}

TEST_F(FeedMoveTest, BothAreStoppedWhenTheLastChannelGoes) {
  MovingAtTen();
  Detach(hub, "a");
  EXPECT_THAT(sink.TakeWords(), testing::UnorderedElementsAre("stop 1 to 1", "stop 2 to 2"));
}

}  // namespace
}  // namespace parley::gateway
