#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "services/common/clock.h"

namespace parley::simulation {

using Task = std::function<void()>;

// The one thread of a simulation and its only clock: runs what is due in the order of its time, and
// what is due at the same time in the order in which it was asked for.
class Scheduler final : public Clock {
 public:
  TimePoint Now() const override { return now_; }
  std::chrono::microseconds SinceUnixEpoch() const override;
  std::int64_t NowMs() const;

  void At(TimePoint time, Task task);
  void After(Duration delay, Task task) { At(now_ + delay, std::move(task)); }

  void RunUntil(TimePoint end);
  std::uint64_t steps() const { return steps_; }

 private:
  struct Entry {
    TimePoint time;
    std::uint64_t number;
    Task task;
  };
  struct Later {
    bool operator()(const Entry& left, const Entry& right) const {
      return left.time != right.time ? left.time > right.time : left.number > right.number;
    }
  };

  TimePoint now_{std::chrono::hours(1)};
  std::uint64_t steps_ = 0;
  std::uint64_t last_number_ = 0;
  std::priority_queue<Entry, std::vector<Entry>, Later> entries_;
};

}  // namespace parley::simulation
