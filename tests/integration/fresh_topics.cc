#include "tests/integration/fresh_topics.h"

#include <gtest/gtest.h>

#include <chrono>
#include <sstream>
#include <string>

#include "services/common/kafka/admin.h"
#include "services/common/kafka/client_config.h"
#include "services/common/kafka/topics.h"
#include "tests/integration/await.h"
#include "tests/integration/brokers.h"
#include "tests/integration/topic_surgery.h"

namespace parley::test {
namespace {

constexpr std::chrono::seconds kTimeout{60};

void AwaitEverywhere(const std::string& topic, bool there) {
  std::istringstream brokers(GivenBrokers());
  for (std::string broker; std::getline(brokers, broker, ',');) {
    // A new client asks the broker that it was given.
    kafka::Admin admin({.brokers = broker, .properties = {}});
    Await(topic + (there ? " is there" : " is gone"),
          [&] { return (admin.Describe(topic, kTimeout).partitions > 0) == there; });
  }
}

}  // namespace

void CreateEverywhere(const kafka::TopicSpec& topic) {
  CreateTopic(GivenBrokers(), topic);
  AwaitEverywhere(topic.name, true);
}

void DeleteEverywhere(const std::string& topic) {
  DeleteTopic(GivenBrokers(), topic);
  AwaitEverywhere(topic, false);
}

void DeleteTopics() {
  kafka::Admin admin({.brokers = GivenBrokers(), .properties = {}});
  for (const char* topic : {kafka::kChattingTopic, kafka::kUserConnectionsTopic, kafka::kMetaTopic,
                            kafka::kDeadLetterTopic}) {
    if (admin.Describe(topic, kTimeout).partitions > 0) DeleteEverywhere(topic);
  }
}

void MakeFreshTopics() {
  DeleteTopics();
  const kafka::TopicsReport report =
      kafka::EnsureTopics({.brokers = GivenBrokers(), .properties = {}}, {}, kTimeout);
  EXPECT_TRUE(report.ok) << testing::PrintToString(report.lines);
}

}  // namespace parley::test
