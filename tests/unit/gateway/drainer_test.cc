#include "services/gateway/drainer.h"

#include <gtest/gtest.h>

namespace parley::gateway {
namespace {

using std::chrono::seconds;

TEST(DrainerTest, SessionsAreThroughWithinTheWindow) {
  EXPECT_EQ(DrainRate(6000, seconds(60)), 100);
}

TEST(DrainerTest, AHandfulDoesNotTakeTheWholeWindow) { EXPECT_EQ(DrainRate(60, seconds(60)), 10); }

TEST(DrainerTest, ACrowdIsNotSentAwayAtOnce) { EXPECT_EQ(DrainRate(100'000, seconds(60)), 500); }

}  // namespace
}  // namespace parley::gateway
