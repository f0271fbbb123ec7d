#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "services/common/position.h"
#include "tests/fakes/router/fake_topic.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/scheduler.h"

namespace parley::simulation {

// Kafka's brokers with the two topics, `chatting` and `user-connections`. A partition may be
// without a leader for a while, and answers to producers may get lost.
class Broker final {
 public:
  Broker(Scheduler& scheduler, Dice& dice, const LogInfo& log);

  const LogInfo& log() const { return log_; }
  const router::FakeTopic& chatting() const { return chatting_; }
  // `user-connections`, as one partition.
  const std::vector<std::string>& events() const { return events_; }

  // No leader for so long: nothing of the partition can be written or read.
  void TakeDown(Partition partition, Duration duration);
  void TakeAllDown(Duration duration);
  bool Up(Partition partition) const;
  bool EventsUp() const { return scheduler_.Now() >= events_up_at_; }
  // When the last outage of `user-connections` ends or ended.
  TimePoint events_up_at() const { return events_up_at_; }
  // From now on this share of the producers' requests is carried out and not answered.
  void LoseAcks(double share) { acks_lost_ = share; }
  bool LosesThisAck() { return dice_.Chance(acks_lost_); }

  Offset Append(Partition partition, router::FakeTopic::Record record);
  void AppendEvent(std::string event);

  // Runs the task once a record is at `offset`: a fetch that waits.
  void AwaitRecord(Partition partition, Offset offset, Task task);
  void AwaitEvent(std::size_t index, Task task);

 private:
  Duration FetchLatency() {
    return dice_.Between(std::chrono::microseconds(200), std::chrono::milliseconds(6));
  }

  Scheduler& scheduler_;
  Dice& dice_;
  const LogInfo log_;
  router::FakeTopic chatting_;
  std::vector<std::string> events_;
  std::map<Partition, TimePoint> up_at_;
  TimePoint events_up_at_;
  double acks_lost_ = 0;
  std::map<Partition, std::vector<Task>> record_waiters_;
  std::vector<Task> event_waiters_;
};

}  // namespace parley::simulation
