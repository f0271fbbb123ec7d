#include "services/router/log/kafka_log.h"

namespace parley::router {

KafkaLog::KafkaLog(const kafka::ClientConfig& client, LogEpoch epoch, const TailReaderConfig& tail,
                   const HistoryReaderConfig& history, const BatchConfig& batches,
                   const Clock& clock, const Logger& logger, prometheus::Registry& registry,
                   rpc::Loop& loop, LogListener& listener)
    : loop_(loop),
      listener_(listener),
      partitions_(batches.partitions),
      gate_(tail.batches_in_flight_max),
      producer_(std::make_unique<kafka::Producer>(
          client, std::vector<std::string>{kafka::kChattingTopic, kafka::kDeadLetterTopic}, logger,
          registry)),
      tail_(std::make_unique<TailReader>(client, tail, batches, gate_, logger, registry, *this)),
      history_(std::make_unique<HistoryReader>(client, history, batches, clock, logger, registry,
                                               *this)),
      group_(std::make_unique<kafka::GroupMember>(client, epoch, logger, *this)) {}

void KafkaLog::Stop(Duration leave_timeout) {
  group_->Leave(leave_timeout);
  group_.reset();
  history_.reset();
  tail_.reset();
  producer_.reset();
}

void KafkaLog::StartReading(Partition partition, RequestId reading, std::optional<Offset> at) {
  {
    const std::lock_guard lock(mutex_);
    wanted_[partition] = reading;
    tail_->Stop(partition);
  }
  history_->FindStart({partition, reading, at});
}

void KafkaLog::StopReading(Partition partition) {
  history_->ForgetStart(partition);
  const std::lock_guard lock(mutex_);
  wanted_.erase(partition);
  tail_->Stop(partition);
}

void KafkaLog::OnTailStart(const ReadingStart& start) {
  const std::lock_guard lock(mutex_);
  const auto wanted = wanted_.find(start.partition);
  if (wanted == wanted_.end() || wanted->second != start.reading) return;
  loop_.Post([this, start] { listener_.OnReading(start); });
  tail_->Start(start.partition, start.reading, start.from);
}

void KafkaLog::OnOutOfRange(Partition partition, RequestId reading, Offset offset) {
  const std::lock_guard lock(mutex_);
  const auto wanted = wanted_.find(partition);
  if (wanted == wanted_.end() || wanted->second != reading) return;
  history_->FindStart({partition, reading, offset});
}

void KafkaLog::OnTailBatch(RequestId reading, BatchPtr batch) {
  loop_.Post([this, reading, batch = std::move(batch)] {
    listener_.OnBatch(reading, batch);
    gate_.Leave();
  });
}

void KafkaLog::OnTailLag(std::vector<std::pair<Partition, std::int64_t>> lag) {
  loop_.Post([this, lag = std::move(lag)] { listener_.OnLag(lag); });
}

void KafkaLog::ReadHistory(const HistoryRequest& request) { history_->Read(request); }

void KafkaLog::OnChunk(HistoryChunk chunk) {
  loop_.Post([this, chunk = std::move(chunk)] { listener_.OnHistory(chunk); });
}

void KafkaLog::AskBounds(Partition partition) { history_->FindBounds(partition); }

void KafkaLog::OnLogBounds(Partition partition, std::optional<LogBounds> bounds) {
  loop_.Post([this, partition, bounds] { listener_.OnBounds(partition, bounds); });
}

void KafkaLog::Commit(Partition partition, Offset next) { group_->Commit(partition, next); }

void KafkaLog::OnOwned(const std::vector<kafka::OwnedPartition>& owned) {
  std::vector<Ownership> ownerships;
  for (const kafka::OwnedPartition& entry : owned) {
    ownerships.push_back({entry.partition, entry.committed});
  }
  loop_.Post([this, ownerships = std::move(ownerships)] { listener_.OnOwned(ownerships); });
}

void KafkaLog::Produce(RequestId id, Partition partition, const SetAside& record) {
  const bool forward = record.kind == SetAside::Kind::kForward;
  kafka::OutgoingRecord outgoing;
  outgoing.topic = forward ? kafka::kChattingTopic : kafka::kDeadLetterTopic;
  // Partitions that were added to the log have no counterpart among the dead letters'.
  outgoing.partition = forward ? record.partition : partition % partitions_;
  outgoing.key = record.key;
  outgoing.value = record.value;
  outgoing.headers = record.headers;
  const auto tell = [this, partition, id](bool stored) {
    loop_.Post([this, partition, id, stored] { listener_.OnProduced(partition, id, stored); });
  };
  const auto accepted =
      producer_->Produce(std::move(outgoing), [tell](const kafka::Delivery& delivery) {
        tell(delivery.outcome == kafka::StoreOutcome::kStored);
      });
  if (accepted != kafka::Accepted::kYes) tell(false);
}

}  // namespace parley::router
