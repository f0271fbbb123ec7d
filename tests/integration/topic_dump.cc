#include "tests/integration/topic_dump.h"

#include <librdkafka/rdkafka.h>

#include <memory>
#include <stdexcept>

namespace parley::test {
namespace {

constexpr int kTimeoutMs = 10'000;

struct Closer {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
};

template <class Handle>
using Owned = std::unique_ptr<Handle, Closer>;

void Require(bool ok, const std::string& what) {
  if (!ok) throw std::runtime_error("topic dump: " + what);
}

Owned<rd_kafka_t> MakeConsumer(const std::string& brokers) {
  char error[256];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), error, sizeof error);
  rd_kafka_conf_set(conf, "fetch.wait.max.ms", "5", error, sizeof error);
  rd_kafka_conf_set(conf, "isolation.level", "read_uncommitted", error, sizeof error);
  Owned<rd_kafka_t> consumer(rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error));
  Require(consumer != nullptr, error);
  return consumer;
}

int PartitionCount(rd_kafka_t* consumer, rd_kafka_topic_t* topic) {
  const rd_kafka_metadata_t* raw = nullptr;
  const auto error = rd_kafka_metadata(consumer, 0, topic, &raw, kTimeoutMs);
  Require(error == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(error));
  const Owned<const rd_kafka_metadata_t> metadata(raw);
  return metadata->topics[0].partition_cnt;
}

DumpedRecord Copy(const rd_kafka_message_t& message) {
  DumpedRecord record;
  record.partition = message.partition;
  record.offset = message.offset;
  record.time_ms = rd_kafka_message_timestamp(&message, nullptr);
  record.key.assign(static_cast<const char*>(message.key), message.key_len);
  record.value.assign(static_cast<const char*>(message.payload), message.len);
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

void DumpPartition(rd_kafka_t* consumer, rd_kafka_topic_t* topic, const std::string& name,
                   int partition, std::vector<DumpedRecord>& records) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  const auto error =
      rd_kafka_query_watermark_offsets(consumer, name.c_str(), partition, &low, &high, kTimeoutMs);
  Require(error == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(error));
  if (low == high) return;
  Require(rd_kafka_consume_start(topic, partition, low) == 0, "cannot start reading");
  for (std::int64_t next = low; next < high;) {
    const Owned<rd_kafka_message_t> message(rd_kafka_consume(topic, partition, kTimeoutMs));
    Require(message != nullptr, "no record within ten seconds");
    Require(message->err == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(message->err));
    next = message->offset + 1;
    records.push_back(Copy(*message));
  }
  rd_kafka_consume_stop(topic, partition);
}

}  // namespace

std::vector<DumpedRecord> DumpTopic(const std::string& brokers, const std::string& topic_name) {
  const Owned<rd_kafka_t> consumer = MakeConsumer(brokers);
  const Owned<rd_kafka_topic_t> topic(
      rd_kafka_topic_new(consumer.get(), topic_name.c_str(), nullptr));
  std::vector<DumpedRecord> records;
  const int partitions = PartitionCount(consumer.get(), topic.get());
  for (int partition = 0; partition < partitions; ++partition) {
    DumpPartition(consumer.get(), topic.get(), topic_name, partition, records);
  }
  return records;
}

}  // namespace parley::test
