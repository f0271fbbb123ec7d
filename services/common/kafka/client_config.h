#pragma once

#include <map>
#include <string>

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

  void Describe(process::Options& options);  // --kafka-brokers, --kafka-property
};

inline constexpr const char* kChattingTopic = "chatting";
inline constexpr const char* kUserConnectionsTopic = "user-connections";
inline constexpr const char* kMetaTopic = "parley-meta";
inline constexpr const char* kDeadLetterTopic = "chatting.dead-letter";
inline constexpr const char* kRouterGroup = "parley-router";

}  // namespace parley::kafka
