#include "client/silence_watch.h"

#include <gtest/gtest.h>

#include <chrono>

namespace parley::client {
namespace {

using std::chrono::seconds;
using Verdict = SilenceWatch::Verdict;

constexpr TimePoint At(int second) { return TimePoint(seconds(second)); }

TEST(SilenceWatchTest, ASilentServerIsAskedAndThenLost) {
  SilenceWatch watch(seconds(3));
  watch.OnHeard(At(0));
  EXPECT_EQ(watch.Check(At(2)), Verdict::kFine);
  EXPECT_EQ(watch.NextDue(), At(3));
  EXPECT_EQ(watch.Check(At(3)), Verdict::kAsk);
  EXPECT_EQ(watch.Check(At(5)), Verdict::kFine);
  EXPECT_EQ(watch.NextDue(), At(6));
  EXPECT_EQ(watch.Check(At(6)), Verdict::kLost);
}

TEST(SilenceWatchTest, AnAnswerBeginsItAnew) {
  SilenceWatch watch(seconds(3));
  watch.OnHeard(At(0));
  EXPECT_EQ(watch.Check(At(3)), Verdict::kAsk);
  watch.OnHeard(At(4));
  EXPECT_EQ(watch.Check(At(6)), Verdict::kFine);
  EXPECT_EQ(watch.Check(At(7)), Verdict::kAsk);
}

TEST(SilenceWatchTest, NothingIsDueBeforeItBeginsAndWhileItPauses) {
  SilenceWatch watch(seconds(3));
  EXPECT_EQ(watch.NextDue(), TimePoint::max());
  watch.OnHeard(At(0));
  watch.Pause();
  EXPECT_EQ(watch.NextDue(), TimePoint::max());
  EXPECT_EQ(watch.Check(At(100)), Verdict::kFine);
}

TEST(SilenceWatchTest, AProcessThatStoodStillBlamesNobody) {
  SilenceWatch watch(seconds(3));
  watch.OnHeard(At(0));
  EXPECT_EQ(watch.Check(At(20)), Verdict::kAsk);
  EXPECT_EQ(watch.Check(At(40)), Verdict::kAsk) << "the answer may lie in the socket";
  EXPECT_EQ(watch.Check(At(43)), Verdict::kLost);
}

}  // namespace
}  // namespace parley::client
