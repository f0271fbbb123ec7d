#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <librdkafka/rdkafka.h>

namespace parley::test {

using RecordVisit = std::function<void(const rd_kafka_message_t&)>;

// Visits what lies in a topic, partition by partition, from the start to the end that each has now:
// with librdkafka and none of our code, as any Kafka client would see it. Throws std::runtime_error
// when brokers do not answer.
void ReadTopic(const std::string& brokers, const std::string& topic, const RecordVisit& visit);

[[nodiscard]] std::string_view KeyOf(const rd_kafka_message_t& record);
[[nodiscard]] std::string_view ValueOf(const rd_kafka_message_t& record);

}  // namespace parley::test
