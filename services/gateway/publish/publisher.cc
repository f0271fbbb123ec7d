#include "services/gateway/publish/publisher.h"

#include <utility>

#include "services/gateway/publish/validate.h"

namespace parley::gateway {
namespace {

kafka::OutgoingRecord MakeRecord(const Draft& draft, Partition partition) {
  kafka::OutgoingRecord record;
  record.topic = kafka::kChattingTopic;
  record.partition = partition;
  record.key = draft.message.channel.value();
  record.value = SerializeRecord(draft.message);
  record.headers.emplace_back(kContentTypeHeader, kContentTypeProtobuf);
  if (draft.retry) record.headers.emplace_back(kRetryHeader, "1");
  return record;
}

}  // namespace

Publisher::Publisher(const PublisherConfig& config, LogWriter& log_writer, UuidSource& uuids,
                     PublishMetrics& metrics)
    : config_(config), log_writer_(log_writer), uuids_(uuids), metrics_(metrics) {}

void Publisher::Publish(Draft draft, TimePoint now, Done done) {
  if (const auto refusal = Append(std::move(draft), now, done)) {
    metrics_.Refused(refusal->code);
    done(*refusal);
  }
}

std::optional<Refusal> Publisher::Append(Draft draft, TimePoint now, Done& done) {
  if (auto refusal = ValidateDraft(draft, config_.content_bytes_max)) return refusal;
  if (!log_) {
    return Refusal{edge::v1::ERROR_UNAVAILABLE, "this gateway has not reached Kafka yet"};
  }
  if (in_flight_ >= config_.in_flight_max) {
    return Refusal{edge::v1::ERROR_BUSY, "this gateway has too many publishes in flight"};
  }
  if (draft.message.id.empty()) draft.message.id = MessageId(uuids_.Next());

  const Partition partition = PartitionOf(draft.message.channel, log_->partitions);
  const std::uint64_t number = first_number_ + pending_.size();
  const auto accepted = log_writer_.Append(
      MakeRecord(draft, partition), [this, number](const kafka::Delivery& delivery, TimePoint at) {
        OnReport(number, delivery, at);
      });
  switch (accepted) {
    case kafka::Accepted::kYes:
      break;
    case kafka::Accepted::kQueueFull:
      return Refusal{edge::v1::ERROR_BUSY, "the queue to Kafka is full"};
    case kafka::Accepted::kStopping:
      return Refusal{edge::v1::ERROR_UNAVAILABLE, "this gateway is stopping"};
  }

  ++in_flight_;
  pending_.push_back(
      {{std::move(draft.message.channel), std::move(draft.message.id), log_->epoch, partition},
       now,
       std::move(done)});
  return std::nullopt;
}

void Publisher::OnReport(std::uint64_t number, const kafka::Delivery& delivery, TimePoint now) {
  --in_flight_;
  if (number < first_number_) return;  // Given up on; the sender was told that it is unknown.

  Pending& pending = pending_[number - first_number_];
  const Done done = std::exchange(pending.done, nullptr);
  metrics_.Reported(delivery.outcome, now - pending.started);
  const PublishOutcome outcome = OutcomeOf(delivery, pending.publish);
  ForgetFinished();
  done(outcome);
}

void Publisher::Tick(TimePoint now) {
  while (!pending_.empty() && now - pending_.front().started >= config_.deadline) {
    const Done done = std::exchange(pending_.front().done, nullptr);
    ForgetFinished();
    metrics_.Reported(kafka::StoreOutcome::kUnknown, config_.deadline);
    done(NoReportInTime());
  }
}

void Publisher::ForgetFinished() {
  while (!pending_.empty() && !pending_.front().done) {
    pending_.pop_front();
    ++first_number_;
  }
}

}  // namespace parley::gateway
