#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "services/common/kafka/client_config.h"
#include "services/common/kafka/log_store.h"
#include "services/common/log.h"
#include "services/common/position.h"

namespace parley::kafka {

// Asks Kafka what the log is until it says so, and then looks every second whether a new epoch has
// begun. Its thread runs from construction to destruction; destruction waits for the question under
// way, a few seconds at most.
class LogFollower final {
 public:
  using Waiting = std::function<void(const std::string& reason)>;
  using Known = std::function<void(const LogInfo& info)>;

  // Both run on the follower's thread: `waiting` after each question without an answer until the
  // log is known; `known` then, and again for each larger epoch. Throws std::runtime_error only
  // for a bad configuration.
  LogFollower(const ClientConfig& config, const Logger& logger, Waiting waiting, Known known);

  // There is evidence that `chatting` is not the log of this epoch any more. The follower writes a
  // new epoch, unless there is one, and tells of it as of any other. Thread-safe; does not block.
  void Renew(LogEpoch epoch);

  // Ends the thread before the destructor would. Not from a callback.
  void Stop();

 private:
  void Run(const std::stop_token& stop);
  // Returns what is wrong, or nothing.
  std::string Look();
  bool RenewalIsDue() const { return told_.epoch != 0 && renewed_ == told_.epoch; }
  // Returns when there may be news.
  void AwaitNews(const std::stop_token& stop);

  const Logger logger_;
  const Waiting waiting_;
  const Known known_;
  std::atomic<LogEpoch> renewed_ = 0;  // The last epoch that there was evidence against.

  // Of the thread.
  const std::shared_ptr<ConnectionWatch> watch_;
  LogStore store_;
  LogInfo told_;
  Offset end_ = 0;  // Of `parley-meta`, when it last told what the log is.

  std::mutex mutex_;
  std::condition_variable_any changed_;
  // The last member: runs `Run`.
  std::jthread thread_;
};

}  // namespace parley::kafka
