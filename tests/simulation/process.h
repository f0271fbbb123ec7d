#pragma once

#include <deque>
#include <memory>
#include <utility>

#include "tests/simulation/scheduler.h"

namespace parley::simulation {

// One process of a simulation. What it is to do, it does while it lives; it is held back while the
// process is stopped (as by SIGSTOP), and dropped when it was killed.
class Process final {
 public:
  explicit Process(Scheduler& scheduler) : scheduler_(scheduler) {}
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Runs a task as one of this process; outlives it.
  using Runner = std::function<void(Task)>;
  Runner runner() const;
  // The task as one of this process, whoever runs it and when.
  Task Own(Task task) const;
  void At(TimePoint time, Task task) { scheduler_.At(time, Own(std::move(task))); }
  void After(Duration delay, Task task) { At(scheduler_.Now() + delay, std::move(task)); }
  // Time that passed while it was stopped is not made up for.
  void Every(Duration interval, Task task);

  void Stop() { state_->stopped = true; }
  void Continue();
  bool stopped() const { return state_->stopped; }

 private:
  struct State {
    bool alive = true;
    bool stopped = false;
    std::deque<Task> held;
  };

  static void Run(const std::shared_ptr<State>& state, Task task);
  static void Repeat(Scheduler& scheduler, const std::shared_ptr<State>& state, Duration interval,
                     std::shared_ptr<Task> task);

  Scheduler& scheduler_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace parley::simulation
