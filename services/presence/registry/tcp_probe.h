#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "services/common/clock.h"
#include "services/presence/registry/probe.h"

namespace parley::presence {

// Probes by a TCP connect. Refused, unreachable and no answer within the patience are "gone"; what
// went wrong on this machine is not.
class TcpProbe final : public Probe {
 public:
  explicit TcpProbe(Duration patience = std::chrono::seconds(1));
  // Waits for the probes under way.
  ~TcpProbe() override;

  void Start(std::vector<ProbeTarget> targets, Done done) override;

 private:
  struct Job {
    std::vector<ProbeTarget> targets;
    Done done;
  };

  void Work(const std::stop_token& stop);

  const Duration patience_;

  std::mutex mutex_;
  std::condition_variable_any work_came_;
  std::deque<Job> jobs_;  // Guarded by mutex_. Each server is in at most one.

  // Resolves names and waits for connects. Last, so that it ends before what it uses.
  std::jthread thread_;
};

}  // namespace parley::presence
