#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <thread>

#include "services/common/kafka/client_config.h"
#include "services/common/log.h"
#include "services/common/position.h"

namespace parley::kafka {

// Asks Kafka what the log is, again and again until it says so, and ends. Its thread runs from
// construction to destruction; destruction waits for the question under way, a few seconds at most.
class LogInfoReader final {
 public:
  using Waiting = std::function<void(const std::string& reason)>;
  using Done = std::function<void(const LogInfo& info)>;

  // Both run on the reader's thread: `waiting` after each question without an answer, `done` once.
  LogInfoReader(ClientConfig config, const Logger& logger, Waiting waiting, Done done);

 private:
  void Run(const std::stop_token& stop) const;

  const ClientConfig config_;
  const Logger logger_;
  const Waiting waiting_;
  const Done done_;
  // The last member: runs `Run`.
  std::jthread thread_;
};

}  // namespace parley::kafka
