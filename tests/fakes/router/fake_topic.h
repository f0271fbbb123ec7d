#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "services/common/chat_record.h"
#include "services/router/ports.h"
#include "services/router/tail/record_batch.h"

namespace parley::router {

// `chatting` in memory: what every fake router reads. It keeps all that was ever appended, so that
// a test can ask what should have been seen; `Retain` only moves the start that readers are told.
class FakeTopic final {
 public:
  struct Record {
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::vector<std::pair<std::string, std::string>> headers;
    std::int64_t time_ms = 0;
  };

  explicit FakeTopic(Partition partitions) : partitions_(static_cast<std::size_t>(partitions)) {}

  Partition partitions() const { return static_cast<Partition>(partitions_.size()); }
  BatchConfig batch_config() const { return {.partitions = partitions()}; }

  Offset Append(Partition partition, Record record);
  // A message in its channel's partition, or in another.
  Offset AppendMessage(const std::string& channel, const std::string& id, bool retry,
                       std::int64_t time_ms, std::optional<Partition> elsewhere = std::nullopt);
  void Retain(Partition partition, Offset start);
  // Deletes the topic and makes it again, empty.
  void Recreate();

  LogBounds Bounds(Partition partition) const;
  const Record& At(Partition partition, Offset offset) const;
  // Adds records from `from` on, `count` at most, and gives the batch that covers them.
  BatchPtr Read(Partition partition, Offset from, std::size_t count) const;
  // The first offset at or beyond the start whose record is not older.
  Offset FirstSince(Partition partition, std::int64_t time_ms) const;

  // What a session that joined the channel at the beginning should have seen, by the definition of
  // a duplicate.
  std::vector<Offset> Visible(const std::string& channel, std::int64_t window_ms,
                              std::int64_t late_ms) const;

 private:
  struct Log {
    Offset start = 0;
    std::vector<Record> records;
  };

  Log& Of(Partition partition) { return partitions_.at(static_cast<std::size_t>(partition)); }
  const Log& Of(Partition partition) const {
    return partitions_.at(static_cast<std::size_t>(partition));
  }

  std::vector<Log> partitions_;
};

}  // namespace parley::router
