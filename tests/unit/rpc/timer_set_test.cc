#include "services/common/rpc/timer_set.h"

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace parley::rpc {
namespace {

using std::chrono::milliseconds;

TimePoint At(int ms) { return TimePoint(milliseconds(ms)); }

class TimerSetTest : public testing::Test {
 protected:
  TimerSet::Task Note(const std::string& name) {
    return [this, name] { fired_ += name; };
  }

  TimerSet timers_;
  std::string fired_;
};

TEST_F(TimerSetTest, FiresInOrderOfTimeAndThenOfSetting) {
  timers_.Add(At(20), {}, Note("c"));
  timers_.Add(At(10), {}, Note("a"));
  timers_.Add(At(10), {}, Note("b"));
  EXPECT_EQ(timers_.NextDue(), At(10));
  timers_.RunDue(At(9));
  EXPECT_EQ(fired_, "");
  timers_.RunDue(At(10));
  EXPECT_EQ(fired_, "ab");
  timers_.RunDue(At(30));
  EXPECT_EQ(fired_, "abc");
  EXPECT_EQ(timers_.NextDue(), std::nullopt);
  EXPECT_EQ(timers_.size(), 0u);
}

TEST_F(TimerSetTest, CancelledTimerNeverFires) {
  TimerSet::TimerId second = 0;
  timers_.Add(At(10), {}, [&] { timers_.Cancel(second); });
  second = timers_.Add(At(10), {}, Note("b"));
  timers_.RunDue(At(10));
  timers_.RunDue(At(100));
  EXPECT_EQ(fired_, "");
  timers_.Cancel(second);
  timers_.Cancel(0);
}

TEST_F(TimerSetTest, PeriodicTimerFiresOnceHoweverLate) {
  timers_.Add(At(10), milliseconds(10), Note("p"));
  timers_.RunDue(At(10));
  EXPECT_EQ(timers_.NextDue(), At(20));
  timers_.RunDue(At(75));
  EXPECT_EQ(fired_, "pp");
  EXPECT_EQ(timers_.NextDue(), At(85));
}

TEST_F(TimerSetTest, PeriodicTimerCancelsItself) {
  TimerSet::TimerId id = 0;
  id = timers_.Add(At(10), milliseconds(10), [&] {
    timers_.Cancel(id);
    fired_ += "x";  // Its captures are still there.
  });
  timers_.RunDue(At(10));
  timers_.RunDue(At(50));
  EXPECT_EQ(fired_, "x");
  EXPECT_EQ(timers_.size(), 0u);
}

TEST_F(TimerSetTest, TimerSetByATaskWaitsForTheNextRound) {
  timers_.Add(At(10), {}, [&] { timers_.Add(At(10), {}, Note("b")); });
  timers_.RunDue(At(10));
  EXPECT_EQ(fired_, "");
  timers_.RunDue(At(10));
  EXPECT_EQ(fired_, "b");
}

// Against a list that is searched from the start each time.
TEST(TimerSetWalk, AgreesWithAPlainList) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  TimerSet timers;
  struct Expected {
    TimerSet::TimerId id;
    TimePoint due;
    Duration period;
  };
  std::vector<Expected> model;
  int now = 0;
  for (int step = 0; step < 5000; ++step) {
    const auto action = random() % 4;
    if (action < 2) {
      const TimePoint due = At(now + static_cast<int>(random() % 50));
      const Duration period = random() % 3 == 0 ? milliseconds(1 + random() % 20) : milliseconds(0);
      model.push_back({timers.Add(due, period, [] {}), due, period});
    } else if (action == 2 && !model.empty()) {
      const std::size_t index = random() % model.size();
      timers.Cancel(model[index].id);
      model.erase(model.begin() + static_cast<std::ptrdiff_t>(index));
    } else {
      now += static_cast<int>(random() % 30);
      timers.RunDue(At(now));
      std::erase_if(model, [&](const Expected& timer) {
        return timer.due <= At(now) && timer.period == Duration::zero();
      });
      for (Expected& timer : model) {
        if (timer.due > At(now)) continue;
        timer.due += timer.period;
        if (timer.due <= At(now)) timer.due = At(now) + timer.period;
      }
    }
    ASSERT_EQ(timers.size(), model.size());
    std::optional<TimePoint> next;
    for (const Expected& timer : model) {
      if (!next || timer.due < *next) next = timer.due;
    }
    ASSERT_EQ(timers.NextDue(), next);
  }
}

}  // namespace
}  // namespace parley::rpc
