#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "services/common/clock.h"

namespace grpc {
class CompletionQueue;
}

namespace parley::rpc {

// A completion of an operation that was started on a loop's queue. gRPC holds a raw pointer to it
// meanwhile.
class Completion {
 public:
  virtual void Complete(bool ok) = 0;

 protected:
  ~Completion() = default;
};

// One thread that runs gRPC completions, timers and posted tasks, one after the other. What lives
// on a loop needs no lock. It has its own completion queue and its own thread, because gRPC 1.51's
// callback threads doze for up to 100 ms after an idle second (docs/adr).
//
// Ended by `Stop`: no task runs after it returns; tasks not yet run are destroyed, and so is what
// is posted later. Client calls that are still under way are cancelled and their listeners hear
// nothing more; a server's calls must be done (`Server` sees to it).
class Loop {
 public:
  using Task = std::function<void()>;

  explicit Loop(std::string name);
  // For servers: takes the queue that the server's builder made.
  Loop(std::string name, std::unique_ptr<grpc::CompletionQueue> queue);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs `task` on the loop, after everything posted before it. Any thread. Wakes the loop at most
  // once per batch.
  void Post(Task task);

  // Runs `task` on the loop and waits for it; throws what it throws. Any thread but the loop's, and
  // not after `Stop`. For starting, stopping and tests.
  void Run(const Task& task);

  // Timers; on the loop's thread only. A cancelled timer never fires; 0 is never a timer. A
  // periodic timer that is late skips what it missed.
  using TimerId = std::uint64_t;
  TimerId After(Duration delay, Task task);
  TimerId Every(Duration period, Task task);
  void Cancel(TimerId timer);

  // Runs `task` when the loop stops, unless it is forgotten before: for what must let go of its
  // operations then. On the loop's thread only.
  using StopHookId = std::uint64_t;
  StopHookId AtStop(Task task);
  void Forget(StopHookId hook);

  [[nodiscard]] bool OnLoop() const;
  grpc::CompletionQueue& queue();

  // Joins the thread. Any thread but the loop's; idempotent.
  void Stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::rpc
