#pragma once

#include <chrono>

#include "cli/exit_code.h"
#include "cli/output/console.h"
#include "services/common/kafka/client_config.h"
#include "services/common/kafka/topics.h"

namespace parley::cli {

struct TopicsOptions {
  enum class Action { kCheck, kEnsure };

  Action action = Action::kCheck;
  kafka::ClientConfig kafka;
  kafka::TopicsConfig topics;
  Duration timeout = std::chrono::seconds(30);
};

// Checks Parley's Kafka topics, or makes what is missing.
[[nodiscard]] ExitCode RunTopics(const TopicsOptions& options, const Console& console);

}  // namespace parley::cli
