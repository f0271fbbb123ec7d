#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/feed/feed_fixture.h"

namespace parley::gateway {
namespace {

using internal::v1::RouterFrame;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr LogInfo kNext{2000, 1, 300'000};

TEST_F(FeedTest, HubsHearOfTheLogAsSoonAsItIsKnown) {
  Feed early(FeedConfig{}, sink);
  early.Register(hub);
  EXPECT_THAT(hub.Take(), IsEmpty());
  early.SetLogInfo(kLog);
  early.Register(other);
  EXPECT_THAT(hub.Take(), ElementsAre("log 1000 of 1"));
  EXPECT_THAT(other.Take(), ElementsAre("log 1000 of 1"));
}

TEST_F(FeedTest, WhatIsAskedBeforeTheLogIsKnownIsOfNoLog) {
  Feed early(FeedConfig{}, sink);
  early.Attach(hub, ChannelName("a"), kLog.epoch, now);
  early.ReadPage(hub, 2, {ChannelName("a"), PageRequest::Direction::kForward, 3, 10, 1000, 0}, now);
  EXPECT_EQ(early.channels(), 0u);
  EXPECT_EQ(hub.pages.at(0).outcome, PageOutcome::kBusy);
}

TEST_F(FeedTest, NewLogIsToldBeforeAllElseAndNothingOfTheOldOneFollows) {
  AttachedAtTen();
  feed.Register(hub);
  Attach(hub, "pending");
  ReadForward(hub, 7, "a", 3);
  hub.Take();
  sink.sent.clear();

  feed.SetLogInfo(kNext);
  EXPECT_THAT(hub.Take(), ElementsAre("log 2000 of 1", "page 7"));
  EXPECT_EQ(hub.pages.at(0).outcome, PageOutcome::kBusy);
  EXPECT_THAT(sink.displaced, ElementsAre(kA));
  EXPECT_EQ(feed.links(), 0u);
  EXPECT_EQ(feed.channels(), 0u);
  EXPECT_EQ(feed.recent_bytes(), 0u);

  Deliver(kA, 1, 10, 12, {{11, "a"}});
  Added(kA, "pending", 1, 10);
  Pass(milliseconds(6000));
  EXPECT_THAT(hub.Take(), IsEmpty());
  EXPECT_EQ(feed.counters().new_logs, 1u);
}

TEST_F(FeedTest, RequestsThatStillThinkOfTheOldLogComeToNothing) {
  feed.SetLogInfo(kNext);
  Attach(hub, "a", kLog.epoch);
  EXPECT_EQ(feed.channels(), 0u);
  ReadForward(hub, 1, "a", 3, kLog.epoch);
  EXPECT_EQ(hub.pages.at(0).outcome, PageOutcome::kBusy);
  Attach(hub, "a", kNext.epoch);
  Detach(hub, "a", kLog.epoch);
  EXPECT_EQ(feed.channels(), 1u);
}

TEST_F(FeedTest, RoutersOfTheNewLogBeginWhereTheyStand) {
  AttachedAtTen();
  feed.SetLogInfo(kNext);
  EXPECT_EQ(Link(kB, "router-a", kLog.epoch), LinkVerdict::kEpoch);
  Attach(hub, "a", kNext.epoch);
  ASSERT_EQ(Link(kB, "router-a", kNext.epoch), LinkVerdict::kAccepted);
  RouterFrame claim;
  claim.mutable_claim()->add_partitions(0);
  feed.OnFrame(kB, claim, now);
  EXPECT_THAT(sink.TakeWords(), ElementsAre("serve 2 from none to 2"));
  Deliver(kB, 2, 3, 5, {{4, "a"}});
  EXPECT_THAT(hub.Take(), ElementsAre("attached a at 3", "through 5 a@4<?"));
  EXPECT_EQ(hub.batches.back()->at(0)->position(), (Position{kNext.epoch, 0, 4}));
}

TEST_F(FeedTest, OlderLogNeverReplacesANewerOne) {
  feed.Register(hub);
  feed.SetLogInfo(kNext);
  hub.Take();
  feed.SetLogInfo(kLog);
  feed.SetLogInfo({kNext.epoch, 5, 300'000});
  EXPECT_THAT(hub.Take(), IsEmpty());
  EXPECT_EQ(feed.log_info()->epoch, kNext.epoch);
  EXPECT_EQ(feed.log_info()->partitions, 1);
}

}  // namespace
}  // namespace parley::gateway
