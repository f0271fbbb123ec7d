#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "services/common/clock.h"
#include "services/common/kafka/client_config.h"
#include "services/common/position.h"

namespace parley::kafka {

struct TopicsConfig {
  Partition chatting_partitions = 32;
  int replication = 3;  // Lowered to the number of brokers, and said so.
  std::int64_t dedupe_window_ms = 5 * 60 * 1000;
};

// What `parley topics` says.
struct TopicsReport {
  bool ok = false;
  std::vector<std::string> lines;  // What was made, what differs and how to mend it; one line each.
};

// Makes what is missing, checks what is there, and writes the log epoch when it made `chatting`.
// Idempotent.
[[nodiscard]] TopicsReport EnsureTopics(const ClientConfig& client, const TopicsConfig& config,
                                        Duration timeout);
[[nodiscard]] TopicsReport CheckTopics(const ClientConfig& client, const TopicsConfig& config,
                                       Duration timeout);

// Reads record `log` of `parley-meta`. Nothing, with the reason, when Kafka or the record is not
// there in time.
struct LogInfoAnswer {
  std::optional<LogInfo> info;
  std::string reason;
};
[[nodiscard]] LogInfoAnswer ReadLogInfo(const ClientConfig& client, Duration timeout);

}  // namespace parley::kafka
