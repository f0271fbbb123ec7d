#include "tests/chaos/log_dump.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include <nlohmann/json.hpp>

#include "parley/v1/record.pb.h"
#include "services/common/position.h"

namespace parley::chaos {
namespace {

constexpr int kTimeoutMs = 15'000;
// What one producer does with a record lies at most so far apart: message.timeout.ms, and 5 s for
// clocks. librdkafka repeats without a mark what was under way when another record timed out.
constexpr std::int64_t kLateMs = 15'000;

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
using Visit = std::function<void(const rd_kafka_message_t&)>;

void Require(bool ok, const std::string& what) {
  if (!ok) throw std::runtime_error("reading the log: " + what);
}

Owned<rd_kafka_t> MakeConsumer(const std::string& brokers) {
  char error[256];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), error, sizeof error);
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
                   const Visit& visit) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  const auto error = rd_kafka_query_watermark_offsets(consumer, rd_kafka_topic_name(topic),
                                                      partition, &low, &high, kTimeoutMs);
  Require(error == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(error));
  if (low == high) return;
  Require(rd_kafka_consume_start(topic, partition, low) == 0, "cannot start");
  for (std::int64_t next = low; next < high;) {
    const Owned<rd_kafka_message_t> message(rd_kafka_consume(topic, partition, kTimeoutMs));
    Require(message != nullptr, "no record within 15 s");
    Require(message->err == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(message->err));
    next = message->offset + 1;
    visit(*message);
  }
  rd_kafka_consume_stop(topic, partition);
}

void ReadTopic(const std::string& brokers, const std::string& name, const Visit& visit) {
  const Owned<rd_kafka_t> consumer = MakeConsumer(brokers);
  const Owned<rd_kafka_topic_t> topic(rd_kafka_topic_new(consumer.get(), name.c_str(), nullptr));
  const int partitions = PartitionCount(consumer.get(), topic.get());
  for (int partition = 0; partition < partitions; ++partition) {
    ReadPartition(consumer.get(), topic.get(), partition, visit);
  }
}

std::string_view Key(const rd_kafka_message_t& message) {
  return {static_cast<const char*>(message.key), message.key_len};
}

std::string_view Value(const rd_kafka_message_t& message) {
  return {static_cast<const char*>(message.payload), message.len};
}

std::string Header(const rd_kafka_message_t& message, const char* name) {
  rd_kafka_headers_t* headers = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return {};
  }
  return {static_cast<const char*>(value), size};
}

// The log's epoch and window, from `parley-meta`.
LogInfo ReadInfo(const std::string& brokers) {
  LogInfo info;
  ReadTopic(brokers, "parley-meta", [&](const rd_kafka_message_t& message) {
    if (Key(message) != "log" || message.payload == nullptr) return;
    const auto value = nlohmann::json::parse(Value(message), nullptr, false);
    if (!value.is_object() || value.value("epoch", std::int64_t{0}) < info.epoch) return;
    info.epoch = value.value("epoch", std::int64_t{0});
    info.dedupe_window_ms = value.value("dedupe_window_ms", std::int64_t{0});
  });
  Require(info.epoch > 0 && info.dedupe_window_ms > 0, "parley-meta has no record `log`");
  return info;
}

// A record is a duplicate iff an earlier one of the same publish lies within the window and it is
// marked, or lies so near that a producer may have repeated it by itself.
bool Repeats(const std::vector<StoredCopy>& earlier, const StoredCopy& copy,
             std::int64_t window_ms) {
  return std::ranges::any_of(earlier, [&](const StoredCopy& one) {
    const std::int64_t age = copy.time_ms - one.time_ms;
    return copy.marked ? age <= window_ms : age <= kLateMs;
  });
}

}  // namespace

LogDump DumpLog(const std::string& brokers) {
  const LogInfo info = ReadInfo(brokers);
  LogDump dump;
  v1::ChatRecord record;
  std::unordered_map<std::string, std::size_t> shown;  // Where in `visible`, by id.
  ReadTopic(brokers, "chatting", [&](const rd_kafka_message_t& message) {
    ++dump.records;
    const std::string channel(Key(message));
    if (!record.ParseFromArray(message.payload, static_cast<int>(message.len))) {
      ++dump.unreadable;
      return;
    }
    rd_kafka_timestamp_type_t type{};
    StoredCopy copy{message.partition, message.offset, rd_kafka_message_timestamp(&message, &type),
                    Header(message, "parley-retry") == "1", false};
    // Clients give an id to one message only, so channel and sender are the same.
    std::vector<StoredCopy>& copies = dump.copies[record.id()];
    copy.shown = !Repeats(copies, copy, info.dedupe_window_ms);
    copies.push_back(copy);
    dump.repeated += !copy.shown;
    std::string position =
        EncodeToken({info.epoch, message.partition, message.offset}, ChannelName(channel));
    if (copy.shown) {
      shown[record.id()] = dump.visible.size();
      dump.visible.push_back({channel, record.id(), record.sender(), std::move(position)});
    } else {
      dump.visible[shown.at(record.id())].hidden.push_back(std::move(position));
    }
  });
  return dump;
}

}  // namespace parley::chaos
