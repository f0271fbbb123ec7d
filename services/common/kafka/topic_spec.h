#pragma once

#include <string>
#include <utility>
#include <vector>

#include "services/common/kafka/topics.h"

namespace parley::kafka {

inline constexpr const char* kMinInSyncReplicas = "min.insync.replicas";

// A topic as it should be.
struct TopicSpec {
  std::string name;
  Partition partitions = 1;
  int replication = 1;
  std::vector<std::pair<std::string, std::string>> settings;
};

// Parley's four topics for a cluster of that many brokers: `parley-meta` first and `chatting` last,
// so that whoever makes `chatting` can write the log's record at once.
[[nodiscard]] std::vector<TopicSpec> WantedTopics(const TopicsConfig& config, int brokers);

// How many replicas must have a record before it counts as stored, of a topic with that many.
[[nodiscard]] std::string MinInSyncReplicas(int replicas);

}  // namespace parley::kafka
