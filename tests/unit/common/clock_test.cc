#include "services/common/clock.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(SystemClockTest, NeverGoesBack) {
  const SystemClock clock;
  TimePoint last = clock.Now();
  for (int i = 0; i < 1'000; ++i) {
    const TimePoint now = clock.Now();
    EXPECT_GE(now, last);
    last = now;
  }
}

TEST(SystemClockTest, WallClockCountsFromTheUnixEpoch) {
  using namespace std::chrono_literals;
  const auto today = std::chrono::system_clock::now().time_since_epoch();
  const auto told = SystemClock().SinceUnixEpoch();
  EXPECT_LT(std::chrono::abs(today - told), 1min);
}

}  // namespace
}  // namespace parley
