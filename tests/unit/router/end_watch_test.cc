#include "services/router/end_watch.h"

#include <gtest/gtest.h>

#include "tests/fakes/router/fake_topic.h"
#include "tests/fakes/router/held_log.h"

namespace parley::router {
namespace {

using std::chrono::milliseconds;

class EndWatchTest : public ::testing::Test {
 protected:
  // Answers the last question: the log ends at `end` now.
  bool Answer(Offset end) {
    const HistoryRequest& request = log_.history.back();
    EXPECT_TRUE(watch_.Asked(request.id));
    const BatchPtr nothing = topic_.Read(0, request.from, 0);
    return watch_.OnHistory(
        {.id = request.id, .partition = 0, .batch = nothing, .bounds = {0, end}}, now_);
  }
  bool NoAnswer() {
    return watch_.OnHistory(
        {.id = log_.history.back().id, .partition = 0, .batch = nullptr, .bounds = {}}, now_);
  }
  void Pass(int ms) { watch_.Tick(now_ += milliseconds(ms)); }
  std::size_t asked() const { return log_.history.size(); }

  FakeTopic topic_{1};
  HeldLog log_;
  RequestIds ids_;
  TimePoint now_;
  EndWatch watch_{0, {.look_interval = milliseconds(500)}, log_, ids_};
};

TEST_F(EndWatchTest, APlaceThatTheLogReachesIsNoNews) {
  watch_.Compare(10, 10);
  Pass(1000);
  EXPECT_FALSE(watch_.suspects());
  EXPECT_EQ(asked(), 0U);
}

TEST_F(EndWatchTest, TwoFreshLooksMakeItCertainAndTheSecondIsAWhileLater) {
  watch_.Compare(10, 3);
  EXPECT_TRUE(watch_.suspects());
  ASSERT_EQ(asked(), 1U);
  EXPECT_FALSE(Answer(3));
  Pass(499);
  ASSERT_EQ(asked(), 1U);
  Pass(1);
  ASSERT_EQ(asked(), 2U);
  EXPECT_TRUE(Answer(9));
  EXPECT_TRUE(watch_.suspects());
  Pass(10'000);
  EXPECT_EQ(asked(), 2U) << "what is certain is asked again";
}

TEST_F(EndWatchTest, AnEndThatWasStaleIsForgotten) {
  watch_.Compare(10, 3);
  EXPECT_FALSE(Answer(10));
  EXPECT_FALSE(watch_.suspects());
  Pass(10'000);
  EXPECT_EQ(asked(), 1U);

  // The next suspicion begins anew.
  watch_.Compare(20, 10);
  EXPECT_FALSE(Answer(10));
}

TEST_F(EndWatchTest, ALeaderThatCatchesUpBetweenTheLooksClearsIt) {
  watch_.Compare(10, 3);
  EXPECT_FALSE(Answer(9));
  Pass(500);
  EXPECT_FALSE(Answer(10));
  EXPECT_FALSE(watch_.suspects());
}

TEST_F(EndWatchTest, NoAnswerIsNoLook) {
  watch_.Compare(10, 3);
  EXPECT_FALSE(NoAnswer());
  Pass(500);
  EXPECT_FALSE(Answer(3));
  Pass(500);
  EXPECT_FALSE(NoAnswer());
  Pass(500);
  EXPECT_TRUE(Answer(3));
}

}  // namespace
}  // namespace parley::router
