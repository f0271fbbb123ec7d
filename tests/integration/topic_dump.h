#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace parley::test {

// A record as any Kafka client would see it.
struct DumpedRecord {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t time_ms = 0;  // Of its append, or of its producer, as the topic says.
  std::string key;
  std::string value;
  std::map<std::string, std::string> headers;
};

// Reads a whole topic from its start to the end it has now, with librdkafka and none of our code.
// Throws std::runtime_error when the broker does not answer.
std::vector<DumpedRecord> DumpTopic(const std::string& brokers, const std::string& topic);

}  // namespace parley::test
