#include "tests/simulation/scheduler.h"

#include <algorithm>
#include <utility>

namespace parley::simulation {
namespace {

constexpr std::chrono::hours kEpoch{24 * 365 * 50};

}  // namespace

std::chrono::microseconds Scheduler::SinceUnixEpoch() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch()) + kEpoch;
}

std::int64_t Scheduler::NowMs() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(SinceUnixEpoch()).count();
}

void Scheduler::At(TimePoint time, Task task) {
  entries_.push({std::max(time, now_), ++last_number_, std::move(task)});
}

void Scheduler::RunUntil(TimePoint end) {
  while (!entries_.empty() && entries_.top().time <= end) {
    now_ = entries_.top().time;
    // The queue only lends its top; the task is taken out before it can push another.
    const Task task = std::move(const_cast<Entry&>(entries_.top()).task);
    entries_.pop();
    ++steps_;
    task();
  }
  now_ = end;
}

}  // namespace parley::simulation
