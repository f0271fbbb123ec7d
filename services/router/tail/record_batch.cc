#include "services/router/tail/record_batch.h"

#include <algorithm>
#include <variant>

#include "parley/internal/v1/link.pb.h"
#include "services/common/position.h"
#include "services/router/tail/wire.h"

namespace parley::router {
namespace {

using internal::v1::Deliver;
using internal::v1::LinkRecord;
using LinkHeader = internal::v1::Header;

std::size_t NumberSize(int field, std::int64_t value) {
  if (value == 0) return 0;
  return wire::VarintSize(static_cast<std::uint64_t>(field) << 3) +
         wire::VarintSize(static_cast<std::uint64_t>(value));
}

std::size_t TextSize(int field, std::string_view text) {
  return text.empty() ? 0 : wire::HeadSize(field, text.size()) + text.size();
}

std::size_t HeaderSize(const MessageHeader& header) {
  return TextSize(LinkHeader::kNameFieldNumber, header.name) +
         TextSize(LinkHeader::kValueFieldNumber, header.value);
}

std::size_t LinkRecordSize(const LogRecord& record) {
  const ChatMessage& message = record.message;
  std::size_t size = NumberSize(LinkRecord::kOffsetFieldNumber, record.offset) +
                     TextSize(LinkRecord::kChannelFieldNumber, message.channel.value()) +
                     TextSize(LinkRecord::kIdFieldNumber, message.id.value()) +
                     TextSize(LinkRecord::kSenderFieldNumber, message.sender.value()) +
                     TextSize(LinkRecord::kContentFieldNumber, message.content) +
                     NumberSize(LinkRecord::kTimeMsFieldNumber, record.time_ms) +
                     NumberSize(LinkRecord::kAcceptedAtUsFieldNumber, message.accepted_at_us);
  for (const MessageHeader& header : message.headers) {
    const std::size_t header_size = HeaderSize(header);
    size += wire::HeadSize(LinkRecord::kHeadersFieldNumber, header_size) + header_size;
  }
  return size;
}

// Whether something stood still between the gateway that accepted it and the log.
bool WasHeld(const LogRecord& record, std::int64_t held_ms_max) {
  const std::int64_t accepted_at_us = record.message.accepted_at_us;
  return accepted_at_us > 0 && record.time_ms - accepted_at_us / 1000 > held_ms_max;
}

std::string Origin(const RawRecord& raw) {
  return std::to_string(raw.partition) + "/" + std::to_string(raw.offset);
}

// The headers of the record as it was read, but for those that Parley gives it anew.
std::vector<std::pair<std::string, std::string>> OtherHeaders(
    const RawRecord& raw, std::initializer_list<std::string_view> ours) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (const auto& [name, value] : raw.headers) {
    if (std::find(ours.begin(), ours.end(), name) == ours.end()) headers.emplace_back(name, value);
  }
  return headers;
}

}  // namespace

std::size_t RecordBatch::memory() const {
  std::size_t memory =
      sizeof(RecordBatch) + bytes_.capacity() + entries_.capacity() * sizeof(BatchEntry);
  for (const SetAside& aside : set_aside_) {
    memory += sizeof(SetAside) + aside.key.size() + aside.value.size();
  }
  return memory;
}

BatchBuilder::BatchBuilder(const BatchConfig& config, Partition partition, Offset from)
    : config_(config), partition_(partition) {
  Begin(from);
}

void BatchBuilder::Begin(Offset from) {
  batch_ = std::make_shared<RecordBatch>();
  batch_->partition_ = partition_;
  batch_->from_ = from;
  batch_->through_ = from - 1;
  set_aside_bytes_ = 0;
}

void BatchBuilder::SetItAside(SetAside aside) {
  set_aside_bytes_ += aside.key.size() + aside.value.size();
  batch_->set_aside_.push_back(std::move(aside));
}

void BatchBuilder::Add(const RawRecord& raw) {
  batch_->through_ = raw.offset;
  ParsedRecord parsed = ParseRecord(raw, config_.content_bytes_max);
  if (std::holds_alternative<Tombstone>(parsed)) {
    ++batch_->skipped_;
    return;
  }
  if (auto* unreadable = std::get_if<Unreadable>(&parsed)) {
    DeadLetter(raw, std::move(unreadable->reason));
    return;
  }
  const LogRecord& record = std::get<LogRecord>(parsed);
  if (PartitionOf(record.message.channel, config_.partitions) == partition_) {
    AddMessage(record);
  } else if (!record.forwarded) {
    Forward(raw, record);
  } else {
    // Forwarded by someone who counts other partitions than we do; once more could go on for ever.
    DeadLetter(raw, "misplaced");
  }
}

void BatchBuilder::AddMessage(const LogRecord& record) {
  const ChatMessage& message = record.message;
  std::string& out = batch_->bytes_;
  BatchEntry entry;
  entry.offset = record.offset;
  entry.time_ms = record.time_ms;
  entry.print = FingerprintOf(message);
  entry.retry = record.retry || WasHeld(record, config_.held_ms_max);
  entry.begin = static_cast<std::uint32_t>(out.size());

  wire::AppendHead(out, Deliver::kRecordsFieldNumber, LinkRecordSize(record));
  wire::AppendNumber(out, LinkRecord::kOffsetFieldNumber, record.offset);
  wire::AppendText(out, LinkRecord::kChannelFieldNumber, message.channel.value());
  entry.channel_size = static_cast<std::uint32_t>(message.channel.value().size());
  entry.channel_begin = static_cast<std::uint32_t>(out.size()) - entry.channel_size;
  wire::AppendText(out, LinkRecord::kIdFieldNumber, message.id.value());
  wire::AppendText(out, LinkRecord::kSenderFieldNumber, message.sender.value());
  wire::AppendText(out, LinkRecord::kContentFieldNumber, message.content);
  wire::AppendNumber(out, LinkRecord::kTimeMsFieldNumber, record.time_ms);
  wire::AppendNumber(out, LinkRecord::kAcceptedAtUsFieldNumber, message.accepted_at_us);
  for (const MessageHeader& header : message.headers) {
    wire::AppendHead(out, LinkRecord::kHeadersFieldNumber, HeaderSize(header));
    wire::AppendText(out, LinkHeader::kNameFieldNumber, header.name);
    wire::AppendText(out, LinkHeader::kValueFieldNumber, header.value);
  }

  entry.end = static_cast<std::uint32_t>(out.size());
  batch_->entries_.push_back(entry);
}

// Written anew, as a marked copy: the id that a record without one has here goes with it, so that a
// second forwarding (an owner died before it committed) is a duplicate of the first.
void BatchBuilder::Forward(const RawRecord& raw, const LogRecord& record) {
  SetAside aside;
  aside.kind = SetAside::Kind::kForward;
  aside.offset = raw.offset;
  aside.partition = PartitionOf(record.message.channel, config_.partitions);
  aside.key = record.message.channel.value();
  aside.value = SerializeRecord(record.message);
  aside.headers = OtherHeaders(raw, {kContentTypeHeader, kRetryHeader, kOriginHeader});
  aside.headers.emplace_back(kContentTypeHeader, kContentTypeProtobuf);
  aside.headers.emplace_back(kRetryHeader, "1");
  aside.headers.emplace_back(kOriginHeader, Origin(raw));
  SetItAside(std::move(aside));
}

void BatchBuilder::DeadLetter(const RawRecord& raw, std::string reason) {
  SetAside aside;
  aside.kind = SetAside::Kind::kDeadLetter;
  aside.offset = raw.offset;
  aside.key = raw.key.value_or(std::string_view());
  aside.value = raw.value.value_or(std::string_view());
  aside.headers = OtherHeaders(raw, {kReasonHeader, kOriginHeader, kTruncatedHeader});
  std::size_t around = aside.key.size();
  for (const auto& [name, value] : aside.headers) around += name.size() + value.size();
  if (around + aside.value.size() > kDeadLetterBytesMax) {
    aside.headers.emplace_back(kTruncatedHeader, std::to_string(aside.value.size()));
    aside.value.resize(kDeadLetterBytesMax - std::min(around, kDeadLetterBytesMax));
  }
  aside.headers.emplace_back(kReasonHeader, reason);
  aside.headers.emplace_back(kOriginHeader, Origin(raw));
  aside.reason = std::move(reason);
  SetItAside(std::move(aside));
}

BatchPtr BatchBuilder::Take(Offset through) {
  std::shared_ptr<RecordBatch> batch = std::move(batch_);
  batch->through_ = std::max(batch->through_, through);
  batch->bytes_.shrink_to_fit();
  batch->entries_.shrink_to_fit();
  Begin(batch->through_ + 1);
  return batch;
}

BatchGatherer::BatchGatherer(const RecordBatch& first) : batch_(std::make_shared<RecordBatch>()) {
  batch_->partition_ = first.partition_;
  batch_->from_ = first.from_;
}

void BatchGatherer::Add(const RecordBatch& batch, std::uint32_t number) {
  BatchEntry entry = batch.entries_[number];
  const auto begin = static_cast<std::uint32_t>(batch_->bytes_.size());
  batch_->bytes_ += batch.deliver_bytes(number, number + 1);
  entry.channel_begin += begin - entry.begin;
  entry.end += begin - entry.begin;
  entry.begin = begin;
  batch_->entries_.push_back(entry);
}

BatchPtr BatchGatherer::Take(Offset through) {
  batch_->through_ = through;
  batch_->bytes_.shrink_to_fit();
  batch_->entries_.shrink_to_fit();
  return std::move(batch_);
}

}  // namespace parley::router
