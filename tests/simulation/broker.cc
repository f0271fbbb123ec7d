#include "tests/simulation/broker.h"

#include <algorithm>
#include <utility>

namespace parley::simulation {

Broker::Broker(Scheduler& scheduler, Dice& dice, const LogInfo& log)
    : scheduler_(scheduler), dice_(dice), log_(log), chatting_(log.partitions) {}

void Broker::TakeDown(Partition partition, Duration duration) {
  TimePoint& up_at = up_at_[partition];
  up_at = std::max(up_at, scheduler_.Now() + duration);
}

void Broker::TakeAllDown(Duration duration) {
  for (Partition partition = 0; partition < log_.partitions; ++partition) {
    TakeDown(partition, duration);
  }
  events_up_at_ = std::max(events_up_at_, scheduler_.Now() + duration);
}

bool Broker::Up(Partition partition) const {
  const auto found = up_at_.find(partition);
  return found == up_at_.end() || scheduler_.Now() >= found->second;
}

Offset Broker::Append(Partition partition, router::FakeTopic::Record record) {
  record.time_ms = scheduler_.NowMs();
  const Offset offset = chatting_.Append(partition, std::move(record));
  for (Task& task : std::exchange(record_waiters_[partition], {})) {
    scheduler_.After(FetchLatency(), std::move(task));
  }
  return offset;
}

void Broker::AppendEvent(std::string event) {
  events_.push_back(std::move(event));
  for (Task& task : std::exchange(event_waiters_, {})) {
    scheduler_.After(FetchLatency(), std::move(task));
  }
}

void Broker::AwaitRecord(Partition partition, Offset offset, Task task) {
  if (chatting_.Bounds(partition).end > offset) {
    scheduler_.After(FetchLatency(), std::move(task));
  } else {
    record_waiters_[partition].push_back(std::move(task));
  }
}

void Broker::AwaitEvent(std::size_t index, Task task) {
  if (events_.size() > index) {
    scheduler_.After(FetchLatency(), std::move(task));
  } else {
    event_waiters_.push_back(std::move(task));
  }
}

}  // namespace parley::simulation
