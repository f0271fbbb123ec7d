#include "services/router/router_core.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/unit/router/router_core_fixture.h"

namespace parley::router {
namespace {

using internal::v1::GatewayFrame;
using internal::v1::RouterFrame;
using std::chrono::milliseconds;

TEST_F(RouterCoreTest, GreetsFirstAndClaimsWhatItOwnsOnceThatIsReady) {
  Begin();
  Connect();
  std::vector<RouterFrame> frames = Take();
  ASSERT_FALSE(frames.empty());
  EXPECT_EQ(frames.front().hello().router_id(), "router");
  EXPECT_EQ(frames.front().hello().log_epoch(), kLog.epoch);

  log_.CorkTail(true);
  core_->OnOwned({{0, 0}}, now_);
  Drain();
  EXPECT_EQ(Count(Take(), RouterFrame::kClaim), 0);
  log_.CorkTail(false);
  Drain();
  frames = Take();
  ASSERT_EQ(Count(frames, RouterFrame::kClaim), 1);
  EXPECT_EQ(frames.back().claim().partitions_size(), 1);
  Pass(5000);
  EXPECT_EQ(Count(Take(), RouterFrame::kClaim), 1);
}

TEST_F(RouterCoreTest, SaysSomethingEveryQuarterOfASecond) {
  Begin();
  Connect();
  Take();
  for (int i = 0; i < 8; ++i) {
    Pass(250);
    EXPECT_FALSE(Take().empty()) << i;
  }
}

TEST_F(RouterCoreTest, AQuietPartitionIsDeliveredEmptyOnceASecond) {
  Begin();
  Connect();
  Serve({"a"}, std::nullopt);
  Drain();
  EXPECT_EQ(Count(Take(), RouterFrame::kDeliver), 1);
  Append("b");
  Drain();
  EXPECT_EQ(Count(Take(), RouterFrame::kDeliver), 0);
  Pass(1000);
  const std::vector<RouterFrame> frames = Take();
  ASSERT_EQ(Count(frames, RouterFrame::kDeliver), 1);
  EXPECT_EQ(frames.back().deliver().from(), -1);
  EXPECT_EQ(frames.back().deliver().through(), 0);
}

TEST_F(RouterCoreTest, WithoutACursorAServeBeginsWhereTheRouterStands) {
  for (int i = 0; i < 7; ++i) Append("a");
  Begin();
  Connect();
  Serve({"a"}, std::nullopt);
  Drain();
  Append("a");
  Drain();
  const std::vector<RouterFrame> frames = Take();
  EXPECT_EQ(Delivered(frames), (std::vector<Offset>{7}));
}

TEST_F(RouterCoreTest, AnAddedChannelIsDeliveredFromItsPlaceInTheStreamOn) {
  Begin();
  Connect();
  Serve({"a"}, std::nullopt);
  Drain();
  Append("b");
  Drain();
  Take();
  Add("b", 1, 77);
  Append("b");
  Drain();
  const std::vector<RouterFrame> frames = Take();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].added().add(), 77U);
  EXPECT_EQ(frames[0].added().at(), 0);
  EXPECT_EQ(Delivered(frames), (std::vector<Offset>{1}));
  // A number of before counts no more.
  Serve({"a"}, 1, 2);
  Add("b", 1, 78);
  Drain();
  EXPECT_EQ(Count(Take(), RouterFrame::kAdded), 0);
}

TEST_F(RouterCoreTest, ASlowLinkLagsAndHoldsUpNobody) {
  config_.tail.records_max = 10;
  Begin();
  Connect(1);
  Connect(2);
  Serve({"a"}, std::nullopt, 1, 1);
  Serve({"a"}, std::nullopt, 1, 2);
  Drain();
  Take(1);
  Take(2);
  held_ = 1;
  std::vector<Offset> expected;
  for (int i = 0; i < 200; ++i) {
    expected.push_back(Append("a"));
    Drain();
  }
  EXPECT_EQ(Delivered(Take(2)), expected);
  held_.reset();
  for (int i = 0; i < 20; ++i) Pass(50);
  EXPECT_EQ(Delivered(Take(1)), expected);
  EXPECT_GT(core_->counters().delivered_from_history, 100U);
}

TEST_F(RouterCoreTest, WhatRetentionTookIsToldOnce) {
  config_.tail.records_max = 5;
  for (int i = 0; i < 100; ++i) Append("a");
  topic_.Retain(0, 40);
  Begin();
  Connect();
  Serve({"a"}, 9);
  for (int i = 0; i < 20; ++i) Pass(50);
  const std::vector<RouterFrame> frames = Take();
  ASSERT_EQ(Count(frames, RouterFrame::kLost), 1);
  for (const RouterFrame& frame : frames) {
    if (!frame.has_lost()) continue;
    EXPECT_EQ(frame.lost().from(), 9);
    EXPECT_EQ(frame.lost().through(), 39);
  }
  EXPECT_EQ(Delivered(frames).size(), 60U);
}

TEST_F(RouterCoreTest, ARecordWhoseVerdictIsUnknownHoldsBackThoseBehindIt) {
  Append("a", false, "early");
  Begin();
  now_ += milliseconds(kLookBackMs + 100);
  Append("a");
  Connect();
  Serve({"a"}, std::nullopt);
  Drain();
  Take();
  log_.CorkHistory(true);
  Append("a", true, "early");
  const Offset behind = Append("a");
  Drain();
  EXPECT_TRUE(Delivered(Take()).empty());
  log_.CorkHistory(false);
  Drain();
  EXPECT_EQ(Delivered(Take()), (std::vector<Offset>{behind}));
  EXPECT_EQ(core_->counters().duplicates, 1U);
  EXPECT_EQ(core_->counters().look_backs, 1U);
}

TEST_F(RouterCoreTest, TooMuchBehindALookBackStopsTheReadingForAWhile) {
  config_.waiting_bytes_max = 2000;
  Append("a", false, "early");
  Begin();
  now_ += milliseconds(kLookBackMs + 100);
  Append("a");
  Connect();
  Serve({"a"}, std::nullopt);
  Drain();
  Take();
  log_.CorkHistory(true);
  Append("a", true, "early");
  std::vector<Offset> expected;
  for (int i = 0; i < 100; ++i) expected.push_back(Append("a"));
  Drain();
  EXPECT_FALSE(log_.Reading(0));
  log_.CorkHistory(false);
  for (int i = 0; i < 10; ++i) Pass(50);
  EXPECT_EQ(Delivered(Take()), expected);
  EXPECT_EQ(core_->counters().readings_interrupted, 1U);
}

TEST_F(RouterCoreTest, APartitionThatNobodyNeedsIsReadOnForAWhile) {
  Begin();
  Connect();
  Serve({"a"}, std::nullopt);
  Drain();
  EXPECT_TRUE(log_.Reading(0));
  EXPECT_EQ(core_->partitions_adopted(), 1U);
  Stop(1);
  Pass(900);
  EXPECT_TRUE(log_.Reading(0));
  Pass(1100);
  EXPECT_FALSE(log_.Reading(0));
  Serve({"a"}, std::nullopt, 2);
  Drain();
  EXPECT_TRUE(log_.Reading(0));
}

TEST_F(RouterCoreTest, ARebalanceStopsNoReading) {
  Begin();
  Connect();
  core_->OnOwned({{0, std::nullopt}}, now_);
  Serve({"a"}, std::nullopt);
  Drain();
  Take();
  core_->OnOwned({}, now_);
  const Offset first = Append("a");
  Pass(2000);
  core_->OnOwned({{0, std::nullopt}}, now_);
  const Offset second = Append("a");
  Drain();
  EXPECT_EQ(Delivered(Take()), (std::vector<Offset>{first, second}));
}

TEST_F(RouterCoreTest, AGatewayOfAnotherLogIsCutOff) {
  Begin();
  core_->OnLinkUp(kLink, now_);
  GatewayFrame frame;
  frame.mutable_hello()->set_version(kLinkVersion);
  frame.mutable_hello()->set_log_epoch(kLog.epoch + 1);
  frame.mutable_hello()->set_partitions(kLog.partitions);
  core_->OnLinkFrame(kLink, frame, now_);
  EXPECT_EQ(cut_, "the gateway has another log");
  core_->OnLinkDown(kLink, now_);
  EXPECT_EQ(core_->links(), 0U);
}

TEST_F(RouterCoreTest, APartitionBeyondTheLogsCountIsOnlyEmptied) {
  FakeTopic topic(2);
  FakeLogPort log(topic, group_, kLookBackMs);
  RouterCore core(config_, kLog, RouterId("router"), log, *this);
  core.OnLinkUp(kLink, now_);
  core.OnOwned({{1, std::nullopt}}, now_);
  EXPECT_TRUE(log.Reading(1));
  EXPECT_EQ(core.partitions_owned(), 1U);
  core.OnLinkDown(kLink, now_);
}

}  // namespace
}  // namespace parley::router
