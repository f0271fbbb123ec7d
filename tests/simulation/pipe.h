#pragma once

#include <deque>
#include <memory>

#include "tests/simulation/dice.h"
#include "tests/simulation/scheduler.h"

namespace parley::simulation {

// One direction of a connection: what is sent arrives in order, each a while later. Blocked, it
// arrives when the way is open again. Once closed, nothing arrives.
class Pipe final {
 public:
  Pipe(Scheduler& scheduler, Dice& dice) : scheduler_(scheduler), dice_(dice) {}
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  // `arrive` is a task of the receiver's.
  void Send(Task arrive);

  void Block() { blocked_ = true; }
  void Unblock();
  void SetLatency(Duration most) { latency_max_ = most; }
  void Close();

 private:
  void Put(Task arrive);

  Scheduler& scheduler_;
  Dice& dice_;
  Duration latency_max_ = std::chrono::milliseconds(3);
  bool blocked_ = false;
  TimePoint last_arrival_;
  std::deque<Task> waiting_;  // While it is blocked.
  std::shared_ptr<bool> open_ = std::make_shared<bool>(true);
};

}  // namespace parley::simulation
