#include "tests/kafka/topic_reader.h"

#include <cstdint>
#include <memory>
#include <stdexcept>

namespace parley::test {
namespace {

constexpr int kTimeoutMs = 15'000;

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
  if (!ok) throw std::runtime_error("reading a topic: " + what);
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

void ReadPartition(rd_kafka_t* consumer, rd_kafka_topic_t* topic, int partition,
                   const RecordVisit& visit) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  const auto error = rd_kafka_query_watermark_offsets(consumer, rd_kafka_topic_name(topic),
                                                      partition, &low, &high, kTimeoutMs);
  Require(error == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(error));
  if (low == high) return;
  Require(rd_kafka_consume_start(topic, partition, low) == 0, "cannot start");
  for (std::int64_t next = low; next < high;) {
    const Owned<rd_kafka_message_t> record(rd_kafka_consume(topic, partition, kTimeoutMs));
    Require(record != nullptr, "no record within 15 s");
    Require(record->err == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(record->err));
    next = record->offset + 1;
    visit(*record);
  }
  rd_kafka_consume_stop(topic, partition);
}

}  // namespace

void ReadTopic(const std::string& brokers, const std::string& topic, const RecordVisit& visit) {
  const Owned<rd_kafka_t> consumer = MakeConsumer(brokers);
  const Owned<rd_kafka_topic_t> handle(rd_kafka_topic_new(consumer.get(), topic.c_str(), nullptr));
  const int partitions = PartitionCount(consumer.get(), handle.get());
  for (int partition = 0; partition < partitions; ++partition) {
    ReadPartition(consumer.get(), handle.get(), partition, visit);
  }
}

std::string_view KeyOf(const rd_kafka_message_t& record) {
  return {static_cast<const char*>(record.key), record.key_len};
}

std::string_view ValueOf(const rd_kafka_message_t& record) {
  return {static_cast<const char*>(record.payload), record.len};
}

}  // namespace parley::test
