#include "services/common/rpc/loop.h"

#include <pthread.h>

#include <algorithm>
#include <future>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <grpc/support/log.h>
#include <grpc/support/time.h>
#include <grpcpp/alarm.h>
#include <grpcpp/completion_queue.h>

#include "services/common/rpc/member_completion.h"
#include "services/common/rpc/timer_set.h"

namespace parley::rpc {

struct Loop::State {
  State(std::string loop_name, std::unique_ptr<grpc::CompletionQueue> loop_queue)
      : name(std::move(loop_name)), queue(std::move(loop_queue)) {}

  void Main();
  void RunPosted();
  gpr_timespec WaitUntil();
  void LetGoOfEverything();
  void OnWoken(bool ok);

  // Constant after construction.
  const std::string name;
  const std::unique_ptr<grpc::CompletionQueue> queue;

  // Guarded by `mutex`.
  std::mutex mutex;
  std::vector<Task> posted;
  bool wake_under_way = false;  // The alarm is set and its completion has not been seen.
  bool stopping = false;
  grpc::Alarm alarm;

  // The loop's thread only.
  TimerSet timers;
  std::map<StopHookId, Task> stop_hooks;
  StopHookId next_stop_hook = 1;
  std::vector<Task> running;  // Keeps its capacity from batch to batch.
  bool stopped = false;
  MemberCompletion<State> woken{*this, &State::OnWoken};

  std::thread thread;  // Last: runs everything above.
};

namespace {

thread_local const void* loop_of_this_thread = nullptr;

}  // namespace

void Loop::State::Main() {
  loop_of_this_thread = this;
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  while (true) {
    RunPosted();
    timers.RunDue(std::chrono::steady_clock::now());
    void* tag = nullptr;
    bool ok = false;
    const auto next = queue->AsyncNext(&tag, &ok, WaitUntil());
    if (next == grpc::CompletionQueue::GOT_EVENT) static_cast<Completion*>(tag)->Complete(ok);
    if (next == grpc::CompletionQueue::SHUTDOWN) break;
  }
}

void Loop::State::OnWoken(bool) {
  bool stop = false;
  {
    const std::lock_guard lock(mutex);
    wake_under_way = false;
    stop = stopping && !stopped;
  }
  if (stop) LetGoOfEverything();
}

void Loop::State::RunPosted() {
  {
    const std::lock_guard lock(mutex);
    if (stopping) return;
    running.swap(posted);
  }
  for (Task& task : running) {
    task();
    task = nullptr;  // What a task holds is let go of before the next one runs.
  }
  running.clear();
}

gpr_timespec Loop::State::WaitUntil() {
  {
    const std::lock_guard lock(mutex);
    if (!posted.empty() && !stopping) return gpr_time_0(GPR_CLOCK_MONOTONIC);
  }
  const auto due = timers.NextDue();
  if (!due) return gpr_inf_future(GPR_CLOCK_MONOTONIC);
  const Duration wait = *due - std::chrono::steady_clock::now();
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_nanos(std::max<std::int64_t>(wait.count(), 0), GPR_TIMESPAN));
}

// After this only completions of what was started earlier run, and then the queue is drained.
void Loop::State::LetGoOfEverything() {
  stopped = true;
  while (!stop_hooks.empty()) {
    const auto hook = stop_hooks.extract(stop_hooks.begin());
    hook.mapped()();
  }
  timers.Clear();
  std::vector<Task> unrun;
  {
    const std::lock_guard lock(mutex);
    unrun.swap(posted);
  }
  unrun.clear();
  queue->Shutdown();
}

Loop::Loop(std::string name) : Loop(std::move(name), std::make_unique<grpc::CompletionQueue>()) {}

Loop::Loop(std::string name, std::unique_ptr<grpc::CompletionQueue> queue)
    : state_(std::make_unique<State>(std::move(name), std::move(queue))) {
  state_->thread = std::thread([state = state_.get()] { state->Main(); });
}

Loop::~Loop() { Stop(); }

void Loop::Post(Task task) {
  const std::lock_guard lock(state_->mutex);
  if (state_->stopping) return;
  state_->posted.push_back(std::move(task));
  // The loop looks at what it posted to itself before it waits.
  if (state_->wake_under_way || OnLoop()) return;
  state_->wake_under_way = true;
  state_->alarm.Set(state_->queue.get(), gpr_time_0(GPR_CLOCK_MONOTONIC), state_->woken.tag());
}

void Loop::Run(const Task& task) {
  GPR_ASSERT(!OnLoop());
  const auto packaged = std::make_shared<std::packaged_task<void()>>(task);
  std::future<void> done = packaged->get_future();
  Post([packaged] { (*packaged)(); });
  done.get();
}

Loop::TimerId Loop::After(Duration delay, Task task) {
  GPR_ASSERT(OnLoop());
  return state_->timers.Add(std::chrono::steady_clock::now() + delay, Duration::zero(),
                            std::move(task));
}

Loop::TimerId Loop::Every(Duration period, Task task) {
  GPR_ASSERT(OnLoop() && period > Duration::zero());
  return state_->timers.Add(std::chrono::steady_clock::now() + period, period, std::move(task));
}

void Loop::Cancel(TimerId timer) { state_->timers.Cancel(timer); }

Loop::StopHookId Loop::AtStop(Task task) {
  GPR_ASSERT(OnLoop() && !state_->stopped);
  const StopHookId id = state_->next_stop_hook++;
  state_->stop_hooks.emplace(id, std::move(task));
  return id;
}

void Loop::Forget(StopHookId hook) { state_->stop_hooks.erase(hook); }

bool Loop::OnLoop() const { return loop_of_this_thread == state_.get(); }

grpc::CompletionQueue& Loop::queue() { return *state_->queue; }

void Loop::Stop() {
  if (!state_->thread.joinable()) return;
  GPR_ASSERT(!OnLoop());
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    if (!state_->wake_under_way) {
      state_->wake_under_way = true;
      state_->alarm.Set(state_->queue.get(), gpr_time_0(GPR_CLOCK_MONOTONIC), state_->woken.tag());
    }
  }
  state_->thread.join();
}

}  // namespace parley::rpc
