#include "services/gateway/publish/publisher.h"

#include <utility>

#include "services/common/personal_channel.h"
#include "services/common/plant.h"
#include "services/gateway/publish/validate.h"

namespace parley::gateway {
namespace {

kafka::OutgoingRecord MakeRecord(const ChannelName& channel, const Draft& draft,
                                 const LogInfo& log) {
  kafka::OutgoingRecord record;
  record.topic = kafka::kChattingTopic;
  record.partition = PartitionOf(channel, log.partitions);
  record.key = channel.value();
  record.value = SerializeRecord(draft.message);
  record.headers.emplace_back(kContentTypeHeader, kContentTypeProtobuf);
  if (draft.retry) record.headers.emplace_back(kRetryHeader, "1");
  return record;
}

// Where the sender's own copy of a direct message goes. Nothing: there is none.
std::optional<ChannelName> SendersChannel(const ChatMessage& message) {
  if (!IsPersonal(message.channel) || OwnerOf(message.channel) == message.sender) {
    return std::nullopt;
  }
  return PersonalChannelOf(message.sender);
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
  NoticeStall(now);
  if (now < refuses_until_) {
    return Refusal{edge::v1::ERROR_UNAVAILABLE, "this gateway stood still; try again"};
  }
  const std::optional<ChannelName> senders_channel = SendersChannel(draft.message);
  if (in_flight_ + (senders_channel ? 2 : 1) > config_.in_flight_max) {
    return Refusal{edge::v1::ERROR_BUSY, "this gateway has too many publishes in flight"};
  }
  ChatMessage& message = draft.message;
  if (message.id.empty()) message.id = MessageId(uuids_.Next());
  if (IsPersonal(message.channel)) {
    message.headers.push_back({std::string(kReceiverHeader), OwnerOf(message.channel).value()});
  }

  const std::uint64_t number = first_number_ + pending_.size();
  kafka::OutgoingRecord record = MakeRecord(message.channel, draft, *log_);
  const Partition partition = record.partition;
  switch (AppendCopy(Copy::kNamed, number, std::move(record))) {
    case kafka::Accepted::kYes:
      break;
    case kafka::Accepted::kQueueFull:
      return Refusal{edge::v1::ERROR_BUSY, "the queue to Kafka is full"};
    case kafka::Accepted::kStopping:
      return Refusal{edge::v1::ERROR_UNAVAILABLE, "this gateway is stopping"};
  }
  if (Planted("ack-early")) {
    std::exchange(done, [](const PublishOutcome&) {})(Ack{message.channel, message.id, {}});
  }
  Pending pending{{message.channel, message.id, log_->epoch, partition}, now, std::move(done)};
  if (senders_channel) {
    // The receiver's is on its way: what is refused now counts as one that was not stored.
    record = MakeRecord(*senders_channel, draft, *log_);
    if (AppendCopy(Copy::kSenders, number, std::move(record)) == kafka::Accepted::kYes) {
      ++pending.reports_missing;
    } else {
      pending.outcome = kafka::StoreOutcome::kNotStored;
    }
  }
  pending_.push_back(std::move(pending));
  return std::nullopt;
}

kafka::Accepted Publisher::AppendCopy(Copy copy, std::uint64_t number,
                                      kafka::OutgoingRecord record) {
  const kafka::Accepted accepted = log_writer_.Append(
      std::move(record), [this, number, copy](const kafka::Delivery& delivery, TimePoint now) {
        OnReport(number, copy, delivery, now);
      });
  if (accepted == kafka::Accepted::kYes) ++in_flight_;
  return accepted;
}

void Publisher::OnReport(std::uint64_t number, Copy copy, const kafka::Delivery& delivery,
                         TimePoint now) {
  --in_flight_;
  if (number < first_number_) return;  // Given up on; the sender was told that it is unknown.

  Pending& pending = pending_[number - first_number_];
  if (copy == Copy::kNamed) pending.offset = delivery.offset;
  pending.outcome =
      pending.outcome ? Together(*pending.outcome, delivery.outcome) : delivery.outcome;
  if (--pending.reports_missing > 0) return;

  const Done done = std::exchange(pending.done, nullptr);
  metrics_.Reported(*pending.outcome, now - pending.started);
  const PublishOutcome outcome = OutcomeOf({*pending.outcome, pending.offset, {}}, pending.publish);
  ForgetFinished();
  done(outcome);
}

void Publisher::Tick(TimePoint now) {
  NoticeStall(now);
  ticked_at_ = now;
  while (!pending_.empty() && now - pending_.front().started >= config_.deadline) {
    const Done done = std::exchange(pending_.front().done, nullptr);
    ForgetFinished();
    metrics_.Reported(kafka::StoreOutcome::kUnknown, config_.deadline);
    done(NoReportInTime());
  }
}

void Publisher::NoticeStall(TimePoint now) {
  if (!ticked_at_ || now - *ticked_at_ <= config_.stall_max) return;
  if (now >= refuses_until_) metrics_.stalls.Increment();
  refuses_until_ = now + config_.stall_grace;
}

void Publisher::ForgetFinished() {
  while (!pending_.empty() && !pending_.front().done) {
    pending_.pop_front();
    ++first_number_;
  }
}

}  // namespace parley::gateway
