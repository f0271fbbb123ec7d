#include "services/common/rpc/timer_set.h"

#include <vector>

namespace parley::rpc {

TimerSet::TimerId TimerSet::Add(TimePoint due, Duration period, Task task) {
  const TimerId id = next_id_++;
  timers_.emplace(id, Timer{due, period, std::move(task)});
  by_due_.emplace(due, id);
  return id;
}

void TimerSet::Cancel(TimerId timer) {
  const auto found = timers_.find(timer);
  if (found == timers_.end()) return;
  by_due_.erase({found->second.due, timer});
  // Taken out before it is destroyed: the task may hold what cancels other timers.
  const auto taken = timers_.extract(found);
}

std::optional<TimePoint> TimerSet::NextDue() const {
  if (by_due_.empty()) return std::nullopt;
  return by_due_.begin()->first;
}

void TimerSet::RunDue(TimePoint now) {
  std::vector<TimerId> due;
  for (const auto& [time, id] : by_due_) {
    if (time > now) break;
    due.push_back(id);
  }
  for (const TimerId id : due) {
    const auto found = timers_.find(id);
    if (found == timers_.end()) continue;  // Cancelled by a task before it.
    by_due_.erase({found->second.due, id});
    const Task task = std::move(found->second.task);
    const Duration period = found->second.period;
    if (period == Duration::zero()) timers_.erase(found);
    task();
    if (period == Duration::zero()) continue;
    const auto still = timers_.find(id);
    if (still == timers_.end()) continue;  // Cancelled by its own task.
    Timer& timer = still->second;
    timer.due += period;
    if (timer.due <= now) timer.due = now + period;  // Late: skip what was missed.
    timer.task = task;
    by_due_.emplace(timer.due, id);
  }
}

void TimerSet::Clear() {
  by_due_.clear();
  while (!timers_.empty()) timers_.extract(timers_.begin());
}

}  // namespace parley::rpc
