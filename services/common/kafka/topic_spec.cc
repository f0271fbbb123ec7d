#include "services/common/kafka/topic_spec.h"

#include <algorithm>

#include "services/common/kafka/client_config.h"

namespace parley::kafka {
namespace {

constexpr const char* kSevenDaysMs = "604800000";
constexpr const char* kOneHourMs = "3600000";

}  // namespace

std::vector<TopicSpec> WantedTopics(const TopicsConfig& config, int brokers) {
  const int replication = std::clamp(brokers, 1, config.replication);
  const auto topic = [&](const char* name, Partition partitions, const char* policy) {
    TopicSpec spec{name, partitions, replication, {}};
    spec.settings = {{"cleanup.policy", policy},
                     {kMinInSyncReplicas, MinInSyncReplicas(replication)},
                     {"unclean.leader.election.enable", "false"}};
    return spec;
  };
  TopicSpec chatting = topic(kChattingTopic, config.chatting_partitions, "delete");
  chatting.settings.emplace_back("retention.ms", kSevenDaysMs);
  chatting.settings.emplace_back("message.timestamp.type", "LogAppendTime");
  TopicSpec connections = topic(kUserConnectionsTopic, kUserConnectionsPartitions, "delete");
  connections.settings.emplace_back("retention.ms", kOneHourMs);
  TopicSpec meta = topic(kMetaTopic, 1, "compact");
  TopicSpec dead_letter = topic(kDeadLetterTopic, config.chatting_partitions, "delete");
  dead_letter.settings.emplace_back("retention.ms", kSevenDaysMs);
  return {meta, connections, dead_letter, chatting};
}

std::string MinInSyncReplicas(int replicas) { return replicas >= 3 ? "2" : "1"; }

}  // namespace parley::kafka
