#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "services/common/clock.h"

namespace parley::rpc {

// The timers of one loop, ordered by due time and, for the same time, by the order of their
// setting. Pure: the time is passed in.
class TimerSet final {
 public:
  using TimerId = std::uint64_t;  // Never 0.
  using Task = std::function<void()>;

  // A period of zero: once.
  TimerId Add(TimePoint due, Duration period, Task task);

  // Does nothing for a timer that has fired or never was. A task may cancel its own timer.
  void Cancel(TimerId timer);

  [[nodiscard]] std::optional<TimePoint> NextDue() const;

  // Runs what is due at `now`. A timer set by one of these tasks waits for the next call, even when
  // it is due already, so that a task cannot keep the loop to itself.
  void RunDue(TimePoint now);

  void Clear();
  std::size_t size() const { return timers_.size(); }

 private:
  struct Timer {
    TimePoint due;
    Duration period;
    Task task;
  };

  TimerId next_id_ = 1;
  std::unordered_map<TimerId, Timer> timers_;
  // What is to fire. The timer whose task runs is not in it; a cancelled one is in neither.
  std::set<std::pair<TimePoint, TimerId>> by_due_;
};

}  // namespace parley::rpc
