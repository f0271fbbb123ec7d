#include "services/common/kafka/kafka_metrics.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace parley::kafka {
namespace {

std::map<std::string, double> Values(const prometheus::Registry& registry) {
  std::map<std::string, double> values;
  for (const auto& family : registry.Collect())
    values[family.name] = family.metric.at(0).gauge.value;
  return values;
}

TEST(ClientMetricsTest, SumsWhatTheStatisticsSayOfEachBroker) {
  prometheus::Registry registry;
  ClientMetrics metrics(registry, "producer");
  const auto statistics = ParseStatistics(R"({"msg_cnt":7,"msg_size":700,"brokers":{
      "a":{"state":"UP","rtt":{"avg":2000},"txerrs":1,"rxerrs":2},
      "b":{"state":"UP","rtt":{"avg":4000},"txerrs":3,"rxerrs":4},
      "c":{"state":"DOWN","rtt":{"avg":0},"txerrs":5,"rxerrs":6}}})");
  ASSERT_TRUE(statistics);
  EXPECT_EQ(statistics->brokers, (BrokersUp{{"a", true}, {"b", true}, {"c", false}}));
  metrics.Set(*statistics);
  auto values = Values(registry);
  EXPECT_EQ(values["parley_kafka_client_queue_messages"], 7);
  EXPECT_EQ(values["parley_kafka_client_queue_bytes"], 700);
  EXPECT_EQ(values["parley_kafka_client_brokers_up"], 2);
  EXPECT_DOUBLE_EQ(values["parley_kafka_client_round_trip_seconds"], 0.003);
  EXPECT_EQ(values["parley_kafka_client_send_errors"], 9);
  EXPECT_EQ(values["parley_kafka_client_receive_errors"], 12);
}

TEST(ClientMetricsTest, OtherDocumentsSayNothing) {
  for (const char* text : {"", "{", "[]"}) EXPECT_FALSE(ParseStatistics(text)) << text;
  for (const char* text : {"{}", R"({"brokers":[1,2],"msg_cnt":"x"})"}) {
    const auto statistics = ParseStatistics(text);
    ASSERT_TRUE(statistics) << text;
    EXPECT_EQ(statistics->brokers_up(), 0) << text;
    EXPECT_EQ(statistics->queue_messages, 0) << text;
  }
}

}  // namespace
}  // namespace parley::kafka
