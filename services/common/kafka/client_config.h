#pragma once

#include <map>
#include <memory>
#include <string>

#include "services/common/ids.h"
#include "services/common/kafka/connection_watch.h"

namespace parley::process {
class Options;
}

namespace parley::kafka {

// How to reach Kafka; the same for every client of a process.
struct ClientConfig {
  std::string brokers = "127.0.0.1:9092";
  // Any librdkafka property, for SASL, TLS and the like; wins over what Parley sets.
  std::map<std::string, std::string> properties;
  // The brokers are librdkafka's in-process cluster: it answers an empty fetch only after the whole
  // wait, and knows no look-ups by time.
  bool embedded = false;
  // Shared by all copies, so that a process says once what all its clients run into.
  std::shared_ptr<ConnectionWatch> watch = std::make_shared<ConnectionWatch>();

  void Describe(process::Options& options);  // --kafka-brokers, --kafka-property
  // Only --kafka-property, with a check that librdkafka accepts all of them.
  void DescribeProperties(process::Options& options);
};

inline constexpr const char* kChattingTopic = "chatting";
inline constexpr const char* kUserConnectionsTopic = "user-connections";
inline constexpr const char* kMetaTopic = "parley-meta";
inline constexpr const char* kDeadLetterTopic = "chatting.dead-letter";
inline constexpr const char* kRouterGroup = "parley-router";
inline constexpr Partition kUserConnectionsPartitions = 8;

}  // namespace parley::kafka
