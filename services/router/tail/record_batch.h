#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/common/chat_record.h"
#include "services/common/ids.h"
#include "services/router/tail/fingerprint.h"

namespace parley::router {

// Names the record that a forwarded one or a dead letter stems from, and why it is a dead letter.
inline constexpr std::string_view kReasonHeader = "parley-reason";
// On a dead letter whose value was cut, so that it fits into its topic with the headers that it
// got: the value's length.
inline constexpr std::string_view kTruncatedHeader = "parley-truncated";
inline constexpr std::size_t kDeadLetterBytesMax = 900'000;

// One message of a batch. Its text is in the batch's bytes, once, in the form that links carry.
struct BatchEntry {
  Offset offset = 0;
  std::int64_t time_ms = 0;  // Append time.
  Fingerprint print;
  bool retry = false;  // Marked as one, or appended so late that it may be one.
  std::uint32_t channel_begin = 0;
  std::uint32_t channel_size = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

// A record that is not a message here: the owner of the partition moves it to where it belongs.
struct SetAside {
  enum class Kind { kDeadLetter, kForward };

  Kind kind = Kind::kDeadLetter;
  Offset offset = 0;
  std::string reason;       // Of a dead letter: one of a few fixed words.
  Partition partition = 0;  // Of a forwarded record: where it belongs.
  std::string key;
  std::string value;
  std::vector<std::pair<std::string, std::string>> headers;
};

// What lies in one partition at from <= offset <= through, as it was read: the messages, parsed and
// serialized for the links once, and what is none. Immutable once built, shared by the tail, the
// frames in flight and the pages of reads.
class RecordBatch final {
 public:
  Partition partition() const { return partition_; }
  Offset from() const { return from_; }
  // Offsets that no record has (compaction, transaction marks) are covered too.
  Offset through() const { return through_; }

  const std::vector<BatchEntry>& entries() const { return entries_; }
  const std::vector<SetAside>& set_aside() const { return set_aside_; }
  std::size_t skipped() const { return skipped_; }  // Tombstones.

  std::string_view channel(const BatchEntry& entry) const {
    return std::string_view(bytes_).substr(entry.channel_begin, entry.channel_size);
  }
  // Entries [first, last) as repeated field `Deliver.records`, tags and lengths included.
  std::string_view deliver_bytes(std::size_t first, std::size_t last) const {
    return std::string_view(bytes_).substr(entries_[first].begin,
                                           entries_[last - 1].end - entries_[first].begin);
  }
  std::size_t memory() const;

 private:
  friend class BatchBuilder;
  friend class BatchGatherer;

  Partition partition_ = 0;
  Offset from_ = 0;
  Offset through_ = -1;
  std::string bytes_;
  std::vector<BatchEntry> entries_;
  std::vector<SetAside> set_aside_;
  std::size_t skipped_ = 0;
};

using BatchPtr = std::shared_ptr<const RecordBatch>;

struct BatchConfig {
  Partition partitions = 1;  // The log's: decides which channel belongs where.
  std::size_t content_bytes_max = 16 * 1024;
  // A record that is appended later than this after a gateway accepted it was held by something
  // that stood still, and other copies may have been written meanwhile: message.timeout.ms (10 s)
  // and 5 s for clocks.
  std::int64_t held_ms_max = 15 * 1000;
};

// Parses raw records into a batch. Runs on the threads that read Kafka.
class BatchBuilder final {
 public:
  // The batch will cover everything from `from` on.
  BatchBuilder(const BatchConfig& config, Partition partition, Offset from);

  void Add(const RawRecord& raw);

  std::size_t records() const { return batch_->entries_.size() + batch_->set_aside_.size(); }
  std::size_t bytes() const { return batch_->bytes_.size() + set_aside_bytes_; }
  Offset next() const { return batch_->through_ + 1; }
  bool covers_any() const { return batch_->through_ >= batch_->from_; }

  // The batch, and a new one begins behind it. `through` may lie beyond the last record, when it is
  // known that there is none between.
  [[nodiscard]] BatchPtr Take(Offset through);

 private:
  void AddMessage(const LogRecord& record);
  void Forward(const RawRecord& raw, const LogRecord& record);
  void DeadLetter(const RawRecord& raw, std::string reason);
  void SetItAside(SetAside aside);
  void Begin(Offset from);

  const BatchConfig config_;
  const Partition partition_;
  std::shared_ptr<RecordBatch> batch_;
  std::size_t set_aside_bytes_ = 0;
};

// Copies messages that batches hold, in the order of the log, into one batch.
class BatchGatherer final {
 public:
  // The batch will be one of the same partition, from the same offset on.
  explicit BatchGatherer(const RecordBatch& first);

  void Add(const RecordBatch& batch, std::uint32_t entry);

  [[nodiscard]] BatchPtr Take(Offset through);

 private:
  std::shared_ptr<RecordBatch> batch_;
};

}  // namespace parley::router
