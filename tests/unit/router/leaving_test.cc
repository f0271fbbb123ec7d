#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/router/router_core_fixture.h"

namespace parley::router {
namespace {

using internal::v1::RouterFrame;

// A router that is told to stop.
class LeavingTest : public RouterCoreTest {
 protected:
  // It owns the partition and serves "a" on the first link.
  LeavingTest() {
    Begin();
    Connect();
    core_->OnOwned({{0, 0}}, now_);
    Serve({"a"}, std::nullopt);
    Drain();
    Take();
  }

  void AppendRubbish() {
    topic_.Append(0, {.key = "a", .value = "rubbish", .headers = {}, .time_ms = NowMs()});
  }
};

TEST_F(LeavingTest, IsToldOnceAndNothingIsClaimedAnyMore) {
  core_->Leave(now_);
  Drain();
  std::vector<RouterFrame> frames = Take();
  EXPECT_EQ(Count(frames, RouterFrame::kLeaving), 1);
  ASSERT_EQ(Count(frames, RouterFrame::kClaim), 1);
  EXPECT_EQ(frames.back().claim().partitions_size(), 0);
  Pass(5000);
  frames = Take();
  EXPECT_EQ(Count(frames, RouterFrame::kLeaving), 0);
  for (const RouterFrame& frame : frames) EXPECT_EQ(frame.claim().partitions_size(), 0);
}

TEST_F(LeavingTest, ServesOnUntilTheGatewayHasMoved) {
  core_->Leave(now_);
  Drain();
  EXPECT_FALSE(core_->HandedOver());
  Take();
  const Offset late = Append("a");
  Drain();
  EXPECT_EQ(Delivered(Take()), std::vector<Offset>{late});
  EXPECT_FALSE(core_->HandedOver());
  Stop(1);
  EXPECT_TRUE(core_->HandedOver());
}

TEST_F(LeavingTest, IsNotOverBeforeEveryGatewayHasBeenTold) {
  Stop(1);
  held_ = kLink;
  core_->Leave(now_);
  EXPECT_FALSE(core_->HandedOver());
  held_.reset();
  Drain();
  EXPECT_TRUE(core_->HandedOver());
}

TEST_F(LeavingTest, AGatewayThatIsGoneIsNotAwaited) {
  core_->Leave(now_);
  Drain();
  core_->OnLinkDown(kLink, now_);
  EXPECT_TRUE(core_->HandedOver());
}

TEST_F(LeavingTest, AGatewayThatLinksLaterIsToldToo) {
  core_->Leave(now_);
  Drain();
  Connect(2);
  const std::vector<RouterFrame> frames = Take(2);
  ASSERT_EQ(frames.size(), 3U);
  EXPECT_TRUE(frames[0].has_hello());
  EXPECT_EQ(frames[1].claim().partitions_size(), 0);
  EXPECT_TRUE(frames[2].has_leaving());
}

TEST_F(LeavingTest, TheOwnerGoesOnWithItsEffectsWhileItHandsOver) {
  core_->Leave(now_);
  AppendRubbish();
  Drain();
  Pass(50);
  EXPECT_EQ(group_.dead_letters.size(), 1U);
}

TEST_F(LeavingTest, EffectsInFlightEndAndAreCommittedAtOnce) {
  Pass(1000);
  AppendRubbish();
  Append("a");
  while (log_.Step(*core_, random_, 5, NowMs(), now_)) {
  }
  core_->Tick(now_);
  ASSERT_TRUE(group_.dead_letters.empty()) << "in flight";
  AppendRubbish();
  core_->Leave(now_);
  core_->FinishEffects(now_);
  EXPECT_FALSE(core_->EffectsFinished());
  Drain();
  EXPECT_TRUE(core_->EffectsFinished());
  EXPECT_EQ(group_.dead_letters.size(), 1U) << "the rest is the next owner's";
  EXPECT_EQ(group_.committed[0], 2);
}

}  // namespace
}  // namespace parley::router
