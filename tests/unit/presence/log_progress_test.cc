#include "services/presence/log/log_progress.h"

#include <gtest/gtest.h>

namespace parley::presence {
namespace {

TEST(LogProgressTest, IsAtTheEndWhenEveryPartitionIs) {
  LogProgress progress(2);
  EXPECT_FALSE(progress.AtEnd());
  progress.Expect(0, 10);
  progress.Expect(1, 0);
  EXPECT_FALSE(progress.AtEnd()) << "nothing has been read";
  progress.ReadTo(0, 9);
  progress.ReadTo(1, 0);
  EXPECT_FALSE(progress.AtEnd());
  progress.ReadTo(0, 10);
  EXPECT_TRUE(progress.AtEnd());
  progress.Expect(0, 11);
  EXPECT_FALSE(progress.AtEnd());
}

TEST(LogProgressTest, UnknownEndIsNotReached) {
  LogProgress progress(1);
  progress.ReadTo(0, 10);
  progress.Expect(0, 10);
  EXPECT_TRUE(progress.AtEnd());
  progress.Expect(0, -1);
  EXPECT_FALSE(progress.AtEnd());
}

TEST(LogProgressTest, ReadingGoesOnWhereItStopped) {
  LogProgress progress(1);
  EXPECT_EQ(progress.NextOf(0), -1);
  progress.ReadTo(0, 10);
  progress.ReadTo(0, 5);
  EXPECT_EQ(progress.NextOf(0), 10);
  progress.StartAgain(0);
  EXPECT_EQ(progress.NextOf(0), -1);
}

}  // namespace
}  // namespace parley::presence
