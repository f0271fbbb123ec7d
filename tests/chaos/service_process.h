#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/chaos/launcher.h"

namespace parley::chaos {

// What a process uses, as the kernel tells it.
struct Usage {
  std::size_t memory_kib = 0;
  std::size_t descriptors = 0;
  std::size_t threads = 0;
  double cpu_seconds = 0;
};

// One of Parley's programs on fixed ports, which can be broken and started again. Any thread.
class ServiceProcess final {
 public:
  struct Spec {
    std::string name;                  // `gateway-0`
    std::vector<std::string> command;  // Without what follows.
    int admin_port = 0;
    std::string log;
  };

  ServiceProcess(Launcher& launcher, Spec spec);
  ~ServiceProcess();  // Kills it, stopped or not.
  ServiceProcess(const ServiceProcess&) = delete;
  ServiceProcess& operator=(const ServiceProcess&) = delete;

  const std::string& name() const { return spec_.name; }
  const std::string& log() const { return spec_.log; }
  void AddOption(const std::string& option) { spec_.command.push_back(option); }

  // Levers. Starting what runs, or hurting what does not, does nothing.
  void Start();
  void Kill();      // SIGKILL; returns when it is gone.
  void Stop();      // SIGSTOP.
  void Continue();  // SIGCONT.
  // SIGTERM; waits until it has ended and returns its exit code, or 128 + signal. Kills it when the
  // time is over: nothing.
  [[nodiscard]] std::optional<int> Terminate(std::chrono::milliseconds timeout);

  [[nodiscard]] bool Running();
  [[nodiscard]] pid_t pid() const;
  [[nodiscard]] bool Ready() const;
  // False when it is not ready in time, or has ended.
  [[nodiscard]] bool WaitReady(std::chrono::milliseconds timeout);
  // What /metrics says; nothing while it does not answer.
  [[nodiscard]] std::optional<std::string> Metrics() const;
  // The sum of a metric's series.
  [[nodiscard]] std::optional<double> Metric(const std::string& name) const;
  [[nodiscard]] std::optional<Usage> ReadUsage() const;
  // How it ended when nobody had asked it to: one line for each time.
  std::vector<std::string> crashes() const;

 private:
  bool Reap(bool block);  // With mutex_ held.

  Launcher& launcher_;
  Spec spec_;

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  pid_t pid_ = -1;       // -1: down.
  bool ending_ = false;  // We asked it to end.
  int last_status_ = 0;
  std::vector<std::string> crashes_;
};

// The sum of a metric's series in what /metrics says.
[[nodiscard]] double SumOfSeries(const std::string& metrics, const std::string& name);

}  // namespace parley::chaos
