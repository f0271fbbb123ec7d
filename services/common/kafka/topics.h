#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/common/kafka/client_config.h"

namespace parley::kafka {

struct TopicsConfig {
  Partition chatting_partitions = 32;
  int replication = 3;  // Lowered to the number of brokers, and said so.
  // None: what the log's record says; five minutes for a new log.
  std::optional<std::chrono::milliseconds> dedupe_window;
};

// What `parley topics` says.
struct TopicsReport {
  bool ok = false;
  std::vector<std::string> lines;  // What was made, what differs and how to mend it; one line each.
  bool reached = true;             // False: the brokers have not answered, and the line says why.
};

// Makes what is missing, checks what is there, and writes the log epoch when there is none for this
// `chatting`. Idempotent. However many run at once, one of them writes the epoch and all find it.
[[nodiscard]] TopicsReport EnsureTopics(const ClientConfig& client, const TopicsConfig& config,
                                        Duration timeout);
// Changes nothing.
[[nodiscard]] TopicsReport CheckTopics(const ClientConfig& client, const TopicsConfig& config,
                                       Duration timeout);

}  // namespace parley::kafka
