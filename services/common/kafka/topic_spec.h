#pragma once

#include <string>
#include <utility>
#include <vector>

#include "services/common/kafka/topics.h"

namespace parley::kafka {

// A topic as it should be.
struct TopicSpec {
  std::string name;
  Partition partitions = 1;
  int replication = 1;
  std::vector<std::pair<std::string, std::string>> settings;
};

// Parley's four topics, `chatting` first, for a cluster of that many brokers.
[[nodiscard]] std::vector<TopicSpec> WantedTopics(const TopicsConfig& config, int brokers);

}  // namespace parley::kafka
