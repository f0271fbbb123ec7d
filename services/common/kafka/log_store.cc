#include "services/common/kafka/log_store.h"

#include <stdexcept>
#include <string_view>
#include <utility>

#include "services/common/kafka/conf.h"
#include "services/common/kafka/log_record.h"
#include "services/common/kafka/message.h"
#include "services/common/kafka/metadata.h"
#include "services/common/kafka/timeouts.h"
#include "services/common/kafka/topics.h"

namespace parley::kafka {
namespace {

constexpr Partition kMetaPartition = 0;

std::string Unreachable(const ClientConfig& client, rd_kafka_resp_err_t error) {
  return "Kafka at " + client.brokers + " does not answer: " + rd_kafka_err2str(error);
}

std::string Missing(const char* topic) {
  return std::string("there is no topic ") + topic + ": run `parley topics ensure`";
}

bool IsMissing(const TopicMetadata& topic) {
  return topic.error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         topic.error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
         (topic.error == RD_KAFKA_RESP_ERR_NO_ERROR && topic.partitions == 0);
}

StoredLog NotRead(std::string reason) {
  StoredLog stored;
  stored.reason = std::move(reason);
  return stored;
}

// Ends the reading before the topic and the client go.
class Reading {
 public:
  explicit Reading(rd_kafka_topic_t* topic) : topic_(topic) {
    rd_kafka_consume_start(topic, kMetaPartition, RD_KAFKA_OFFSET_BEGINNING);
  }
  ~Reading() { rd_kafka_consume_stop(topic_, kMetaPartition); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

 private:
  rd_kafka_topic_t* topic_;
};

// Reads up to the end, which compaction may have left without a record just before it.
StoredLog ReadAll(rd_kafka_topic_t* topic, const ClientConfig& client, const Deadline& deadline) {
  StoredLog stored;
  const Reading reading(topic);
  while (!deadline.over()) {
    MessagePtr next(rd_kafka_consume(topic, kMetaPartition, WholeMs(deadline.left())));
    if (!next) break;
    const Message message(std::move(next));
    if (message.kind() == Message::Kind::kEndOfPartition) {
      stored.read = true;
      if (!stored.info)
        stored.reason = "parley-meta has no record `log`: run `parley topics ensure`";
      return stored;
    }
    if (message.kind() != Message::Kind::kRecord) continue;
    const RawRecord record = message.raw();
    if (record.key != kLogRecordKey || !record.value) continue;
    const std::optional<LogInfo> info = ParseLogInfo(*record.value);
    if (info && (!stored.info || stored.info->epoch <= info->epoch)) stored.info = info;
  }
  return NotRead(Unreachable(client, RD_KAFKA_RESP_ERR__TIMED_OUT));
}

}  // namespace

StoredLog ReadStoredLog(const ClientConfig& client, Duration timeout) {
  const Deadline deadline(timeout);
  ClientCallbacks silent;
  // Told of the end of the partition.
  const ClientPtr consumer = MakeClient(ClientKind::kPresence, client, silent);
  const TopicPtr topic = OpenTopic(consumer.get(), kMetaTopic);
  const TopicMetadata described = DescribeTopic(consumer.get(), topic.get(), deadline.left());
  if (IsMissing(described)) return NotRead(Missing(kMetaTopic));
  if (described.error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return NotRead(Unreachable(client, described.error));
  }
  return ReadAll(topic.get(), client, deadline);
}

std::optional<std::string> WriteLogInfo(const ClientConfig& client, const LogInfo& info,
                                        Duration timeout) {
  const Deadline deadline(timeout);
  std::optional<rd_kafka_resp_err_t> outcome;
  ClientCallbacks callbacks;
  callbacks.delivered = [&outcome](const rd_kafka_message_t& message) { outcome = message.err; };
  const ClientPtr producer = MakeClient(ClientKind::kProducer, client, callbacks);
  {
    const TopicPtr topic = OpenTopic(producer.get(), kMetaTopic);
    // A record that is produced before the topic's leader is known waits for librdkafka's next
    // look, a second later.
    const TopicMetadata described = DescribeTopic(producer.get(), topic.get(), deadline.left());
    if (IsMissing(described)) return Missing(kMetaTopic);
    if (described.error != RD_KAFKA_RESP_ERR_NO_ERROR) return Unreachable(client, described.error);
    std::string value = ToJson(info);
    const std::string_view key = kLogRecordKey;
    if (rd_kafka_produce(topic.get(), kMetaPartition, RD_KAFKA_MSG_F_COPY, value.data(),
                         value.size(), key.data(), key.size(), nullptr) != 0) {
      return rd_kafka_err2str(rd_kafka_last_error());
    }
    while (!outcome && !deadline.over()) rd_kafka_poll(producer.get(), WholeMs(deadline.left()));
  }
  if (!outcome) {
    rd_kafka_purge(producer.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(producer.get(), 0);
    return Unreachable(client, RD_KAFKA_RESP_ERR__TIMED_OUT);
  }
  if (*outcome != RD_KAFKA_RESP_ERR_NO_ERROR) return rd_kafka_err2str(*outcome);
  return std::nullopt;
}

namespace {

// The record, if the topic agrees with it.
LogInfoAnswer ReadVerifiedLog(const ClientConfig& client, Duration timeout) {
  const Deadline deadline(timeout);
  const StoredLog stored = ReadStoredLog(client, timeout);
  if (!stored.info) return {std::nullopt, stored.reason};

  ClientCallbacks silent;
  const ClientPtr asking = MakeClient(ClientKind::kAdmin, client, silent);
  const TopicPtr chatting = OpenTopic(asking.get(), kChattingTopic);
  const TopicMetadata topic = DescribeTopic(asking.get(), chatting.get(), deadline.left());
  if (IsMissing(topic)) return {std::nullopt, Missing(kChattingTopic)};
  if (topic.error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return {std::nullopt, Unreachable(client, topic.error)};
  if (topic.partitions < stored.info->partitions) {
    return {std::nullopt, "chatting has " + std::to_string(topic.partitions) +
                              " partitions, but parley-meta says " +
                              std::to_string(stored.info->partitions) +
                              ": it was re-created; run `parley topics ensure`"};
  }
  return {stored.info, {}};
}

}  // namespace

LogInfoAnswer ReadLogInfo(const ClientConfig& client, Duration timeout) {
  try {
    return ReadVerifiedLog(client, timeout);
  } catch (const std::runtime_error& error) {
    return {std::nullopt, error.what()};
  }
}

}  // namespace parley::kafka
