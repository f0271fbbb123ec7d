#include "tests/simulation/process.h"

#include <utility>

namespace parley::simulation {

Process::~Process() {
  state_->alive = false;
  // What is held may hold on to this process in turn.
  std::exchange(state_->held, {}).clear();
}

Process::Runner Process::runner() const {
  return [state = state_](Task task) { Run(state, std::move(task)); };
}

Task Process::Own(Task task) const {
  return [state = state_, task = std::move(task)] { Run(state, task); };
}

void Process::Every(Duration interval, Task task) {
  Repeat(scheduler_, state_, interval, std::make_shared<Task>(std::move(task)));
}

void Process::Repeat(Scheduler& scheduler, const std::shared_ptr<State>& state, Duration interval,
                     std::shared_ptr<Task> task) {
  scheduler.After(interval, [&scheduler, state, interval, task] {
    Run(state, [&scheduler, state, interval, task] {
      (*task)();
      Repeat(scheduler, state, interval, task);
    });
  });
}

void Process::Run(const std::shared_ptr<State>& state, Task task) {
  if (!state->alive) return;
  // What came before it and is still held goes first.
  if (state->stopped || !state->held.empty()) {
    state->held.push_back(std::move(task));
  } else {
    task();
  }
}

void Process::Continue() {
  state_->stopped = false;
  const std::shared_ptr<State> state = state_;
  while (state->alive && !state->stopped && !state->held.empty()) {
    const Task task = std::move(state->held.front());
    state->held.pop_front();
    task();
  }
}

}  // namespace parley::simulation
