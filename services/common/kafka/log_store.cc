#include "services/common/kafka/log_store.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "services/common/kafka/log_record.h"
#include "services/common/kafka/message.h"

namespace parley::kafka {
namespace {

constexpr Partition kMetaPartition = 0;

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

// Reads the topic from its start for as long as it lives.
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

}  // namespace

LogStore::LogStore(const ClientConfig& client)
    : config_(client),
      // Told of the end of the partition.
      client_(MakeClient(ClientKind::kPresence, client, silent_)),
      meta_(OpenTopic(client_.get(), kMetaTopic)),
      chatting_(OpenTopic(client_.get(), kChattingTopic)) {}

std::optional<std::string> LogStore::Describe(const TopicPtr& topic, TopicMetadata& found,
                                              Duration timeout) const {
  found = DescribeTopic(client_.get(), topic.get(), timeout);
  const bool missing = IsMissing(found);
  if (!missing && found.error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return WhyNoAnswer(client_.get(), config_, found.error);
  }
  config_.watch->OnAnswer();
  if (missing) return Missing(rd_kafka_topic_name(topic.get()));
  return std::nullopt;
}

StoredLog LogStore::Read(Duration timeout) {
  const Deadline deadline(timeout);
  // What librdkafka has to say of its connections waits here to be taken.
  rd_kafka_poll(client_.get(), 0);
  TopicMetadata meta;
  if (auto problem = Describe(meta_, meta, deadline.left())) return NotRead(*std::move(problem));
  return ReadAll(deadline);
}

// Up to the end, which compaction may have left without a record just before it.
StoredLog LogStore::ReadAll(const Deadline& deadline) const {
  StoredLog stored;
  const Reading reading(meta_.get());
  while (!deadline.over()) {
    MessagePtr next(rd_kafka_consume(meta_.get(), kMetaPartition, WholeMs(deadline.left())));
    if (!next) break;
    const Message message(std::move(next));
    if (message.kind() == Message::Kind::kEndOfPartition) {
      stored.read = true;
      stored.end = message.offset();
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
  return NotRead(WhyNoAnswer(client_.get(), config_, RD_KAFKA_RESP_ERR__TIMED_OUT));
}

StoredLog LogStore::ReadAgreed(Duration timeout) {
  const Deadline deadline(timeout);
  StoredLog stored = Read(timeout);
  if (!stored.info) return stored;
  TopicMetadata chatting;
  if (auto problem = Describe(chatting_, chatting, deadline.left())) {
    stored.reason = *std::move(problem);
    stored.info.reset();
  } else if (chatting.partitions < stored.info->partitions) {
    stored.reason = "chatting has " + std::to_string(chatting.partitions) +
                    " partitions, but parley-meta says " + std::to_string(stored.info->partitions) +
                    ": it was re-created; run `parley topics ensure`";
    stored.info.reset();
  }
  return stored;
}

std::optional<Offset> LogStore::AskEnd(Duration timeout) {
  rd_kafka_poll(client_.get(), 0);
  const PartitionListPtr list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_t* entry =
      rd_kafka_topic_partition_list_add(list.get(), kMetaTopic, kMetaPartition);
  entry->offset = RD_KAFKA_OFFSET_END;
  if (rd_kafka_offsets_for_times(client_.get(), list.get(), WholeMs(timeout)) !=
          RD_KAFKA_RESP_ERR_NO_ERROR ||
      entry->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::nullopt;
  }
  return entry->offset;
}

std::optional<std::string> LogStore::Renew(const LogInfo& old, Duration timeout) {
  const Deadline deadline(timeout);
  const StoredLog stored = Read(deadline.left());
  if (!stored.read) return stored.reason;
  if (stored.info && stored.info->epoch > old.epoch) return std::nullopt;
  TopicMetadata chatting;
  if (auto problem = Describe(chatting_, chatting, deadline.left())) return problem;
  // The record may have got another window since.
  const std::int64_t window_ms = stored.info ? stored.info->dedupe_window_ms : old.dedupe_window_ms;
  return WriteLogInfo(config_, {old.epoch + 1, chatting.partitions, window_ms}, deadline.left());
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
    if (described.error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return WhyNoAnswer(producer.get(), client, described.error);
    }
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
    return WhyNoAnswer(producer.get(), client, RD_KAFKA_RESP_ERR__TIMED_OUT);
  }
  if (*outcome != RD_KAFKA_RESP_ERR_NO_ERROR) return rd_kafka_err2str(*outcome);
  return std::nullopt;
}

}  // namespace parley::kafka
