#include "tests/fakes/router/fake_topic.h"

#include <algorithm>
#include <variant>

#include "services/common/position.h"

namespace parley::router {
namespace {

RawRecord RawOf(const FakeTopic::Record& record, Partition partition, Offset offset) {
  RawRecord raw;
  raw.partition = partition;
  raw.offset = offset;
  raw.time_ms = record.time_ms;
  if (record.key) raw.key = *record.key;
  if (record.value) raw.value = *record.value;
  for (const auto& [name, value] : record.headers) raw.headers.emplace_back(name, value);
  return raw;
}

}  // namespace

Offset FakeTopic::Append(Partition partition, Record record) {
  Of(partition).records.push_back(std::move(record));
  return Bounds(partition).end - 1;
}

Offset FakeTopic::AppendMessage(const std::string& channel, const std::string& id, bool retry,
                                std::int64_t time_ms, std::optional<Partition> elsewhere) {
  ChatMessage message;
  message.channel = ChannelName(channel);
  message.id = MessageId(id);
  message.sender = UserId("sender");
  message.content = "content of " + id;
  Record record{
      .key = channel, .value = SerializeRecord(message), .headers = {}, .time_ms = time_ms};
  record.headers.emplace_back(kContentTypeHeader, kContentTypeProtobuf);
  if (retry) record.headers.emplace_back(kRetryHeader, "1");
  return Append(elsewhere.value_or(PartitionOf(message.channel, partitions())), std::move(record));
}

void FakeTopic::Retain(Partition partition, Offset start) {
  Log& log = Of(partition);
  log.start = std::clamp(start, log.start, static_cast<Offset>(log.records.size()));
}

void FakeTopic::Recreate() { partitions_.assign(partitions_.size(), Log()); }

LogBounds FakeTopic::Bounds(Partition partition) const {
  return {Of(partition).start, static_cast<Offset>(Of(partition).records.size())};
}

const FakeTopic::Record& FakeTopic::At(Partition partition, Offset offset) const {
  return Of(partition).records.at(static_cast<std::size_t>(offset));
}

BatchPtr FakeTopic::Read(Partition partition, Offset from, std::size_t count) const {
  BatchBuilder builder(batch_config(), partition, from);
  const Offset end = std::min(Bounds(partition).end, from + static_cast<Offset>(count));
  for (Offset offset = from; offset < end; ++offset) {
    builder.Add(RawOf(At(partition, offset), partition, offset));
  }
  return builder.Take(end - 1);
}

Offset FakeTopic::FirstSince(Partition partition, std::int64_t time_ms) const {
  const LogBounds bounds = Bounds(partition);
  Offset offset = bounds.start;
  while (offset < bounds.end && At(partition, offset).time_ms < time_ms) ++offset;
  return offset;
}

std::vector<Offset> FakeTopic::Visible(const std::string& channel, std::int64_t window_ms,
                                       std::int64_t late_ms) const {
  std::vector<LogRecord> records;
  std::vector<Offset> visible;
  const Partition partition = PartitionOf(ChannelName(channel), partitions());
  for (Offset offset = 0; offset < Bounds(partition).end; ++offset) {
    ParsedRecord parsed = ParseRecord(RawOf(At(partition, offset), partition, offset), 16 * 1024);
    LogRecord* record = std::get_if<LogRecord>(&parsed);
    if (record == nullptr || record->message.channel.value() != channel) continue;
    const bool duplicate =
        std::any_of(records.begin(), records.end(), [&](const LogRecord& earlier) {
          if (earlier.message.id != record->message.id ||
              earlier.message.sender != record->message.sender) {
            return false;
          }
          const std::int64_t age = record->time_ms - earlier.time_ms;
          return age <= (record->retry ? window_ms : late_ms);
        });
    if (!duplicate) visible.push_back(offset);
    records.push_back(std::move(*record));
  }
  return visible;
}

}  // namespace parley::router
