#include "tests/integration/topic_dump.h"

#include "tests/kafka/topic_reader.h"

namespace parley::test {
namespace {

DumpedRecord Copy(const rd_kafka_message_t& message) {
  DumpedRecord record;
  record.partition = message.partition;
  record.offset = message.offset;
  record.time_ms = rd_kafka_message_timestamp(&message, nullptr);
  record.key = KeyOf(message);
  record.value = ValueOf(message);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    record.headers[name].assign(static_cast<const char*>(value), size);
  }
  return record;
}

}  // namespace

std::vector<DumpedRecord> DumpTopic(const std::string& brokers, const std::string& topic_name) {
  std::vector<DumpedRecord> records;
  ReadTopic(brokers, topic_name,
            [&](const rd_kafka_message_t& record) { records.push_back(Copy(record)); });
  return records;
}

}  // namespace parley::test
