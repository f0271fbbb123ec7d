#include "services/common/kafka/consumer.h"

#include <algorithm>
#include <utility>

#include "services/common/kafka/metadata.h"
#include "services/common/kafka/timeouts.h"

namespace parley::kafka {
namespace {

std::string LastError() { return rd_kafka_err2str(rd_kafka_last_error()); }

}  // namespace

Consumer::Consumer(const ClientConfig& client, const ConsumerConfig& config, const Logger& logger,
                   prometheus::Registry& registry)
    : config_(config), embedded_(client.embedded), metrics_(registry, config.name) {
  callbacks_.logger = &logger;
  callbacks_.metrics = &metrics_;
  client_ = MakeClient(config.kind, client, callbacks_);
  topic_ = OpenTopic(client_.get(), config.topic.c_str());
  queue_.reset(rd_kafka_queue_new(client_.get()));
}

Consumer::~Consumer() {
  while (!started_.empty()) Stop(*started_.begin());
}

std::optional<std::string> Consumer::Start(Partition partition, Offset offset) {
  Stop(partition);
  if (rd_kafka_consume_start_queue(topic_.get(), partition, offset, queue_.get()) != 0) {
    return "cannot read partition " + std::to_string(partition) + " of " + config_.topic + ": " +
           LastError();
  }
  started_.insert(partition);
  return std::nullopt;
}

void Consumer::Stop(Partition partition) {
  if (started_.erase(partition) != 0) rd_kafka_consume_stop(topic_.get(), partition);
}

std::vector<Message> Consumer::Poll(std::size_t messages_max, Duration timeout) {
  rd_kafka_poll(client_.get(), 0);
  std::vector<Message> messages;
  // Waits for one only: librdkafka's batch call would wait the whole time for a full batch.
  MessagePtr first(rd_kafka_consume_queue(queue_.get(), WholeMs(timeout)));
  if (!first) return messages;
  batch_.resize(messages_max - 1);
  const ssize_t more = rd_kafka_consume_batch_queue(queue_.get(), 0, batch_.data(), batch_.size());
  messages.reserve(1 + static_cast<std::size_t>(std::max<ssize_t>(more, 0)));
  messages.emplace_back(std::move(first));
  for (ssize_t i = 0; i < more; ++i) {
    messages.emplace_back(MessagePtr(batch_[static_cast<std::size_t>(i)]));
  }
  return messages;
}

void Consumer::Wake() { rd_kafka_queue_yield(queue_.get()); }

std::optional<Partition> Consumer::CountPartitions(Duration timeout) {
  const TopicMetadata topic = DescribeTopic(client_.get(), topic_.get(), timeout);
  rd_kafka_poll(client_.get(), 0);
  if (topic.error != RD_KAFKA_RESP_ERR_NO_ERROR || topic.partitions == 0) return std::nullopt;
  return topic.partitions;
}

std::optional<Offset> Consumer::Ask(Partition partition, std::int64_t time_or_end,
                                    Duration timeout) {
  // Not rd_kafka_query_watermark_offsets: with its broker gone it waits for ever, whatever it is
  // told.
  const PartitionListPtr list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_t* entry =
      rd_kafka_topic_partition_list_add(list.get(), config_.topic.c_str(), partition);
  entry->offset = time_or_end;
  if (rd_kafka_offsets_for_times(client_.get(), list.get(), WholeMs(timeout)) !=
          RD_KAFKA_RESP_ERR_NO_ERROR ||
      entry->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::nullopt;
  }
  return entry->offset;
}

std::optional<Watermarks> Consumer::QueryWatermarks(Partition partition, Duration timeout) {
  const Deadline deadline(timeout);
  const std::optional<Offset> low = Ask(partition, kLogBegin, deadline.left());
  if (!low) return std::nullopt;
  const std::optional<Offset> high = Ask(partition, kLogEnd, deadline.left());
  if (!high) return std::nullopt;
  return Watermarks{*low, *high};
}

std::optional<std::vector<Offset>> Consumer::QueryEnds(Partition partitions, Duration timeout) {
  const PartitionListPtr list(rd_kafka_topic_partition_list_new(partitions));
  for (Partition partition = 0; partition < partitions; ++partition) {
    rd_kafka_topic_partition_list_add(list.get(), config_.topic.c_str(), partition)->offset =
        kLogEnd;
  }
  if (rd_kafka_offsets_for_times(client_.get(), list.get(), WholeMs(timeout)) !=
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::nullopt;
  }
  std::vector<Offset> ends(static_cast<std::size_t>(partitions));
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& entry = list->elems[i];
    if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
    ends.at(static_cast<std::size_t>(entry.partition)) = entry.offset;
  }
  return ends;
}

std::optional<Offset> Consumer::QueryOffsetAt(Partition partition, std::int64_t time_ms,
                                              Duration timeout) {
  if (embedded_) return Ask(partition, kLogBegin, timeout);
  const Deadline deadline(timeout);
  const std::optional<Offset> at = Ask(partition, time_ms, deadline.left());
  if (!at || *at >= 0) return at;
  return Ask(partition, kLogEnd, deadline.left());
}

Offset Consumer::LastKnownEnd(Partition partition) const {
  Watermarks marks;
  const rd_kafka_resp_err_t error = rd_kafka_get_watermark_offsets(
      client_.get(), config_.topic.c_str(), partition, &marks.low, &marks.high);
  return error == RD_KAFKA_RESP_ERR_NO_ERROR && marks.high > 0 ? marks.high : 0;
}

}  // namespace parley::kafka
