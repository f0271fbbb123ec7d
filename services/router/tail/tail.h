#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/router/tail/channel_table.h"
#include "services/router/tail/record_batch.h"
#include "services/router/tail/record_runs.h"

namespace parley::router {

// How much of a partition's past is kept in memory. Whichever bound is met first drops the oldest
// batch; what is older is read from Kafka again.
struct TailConfig {
  std::size_t bytes_max = 32 * 1024 * 1024;
  std::size_t records_max = 200'000;
  std::chrono::milliseconds age_max{5 * 60 * 1000};  // Against the newest record's append time.
  // Batches that are small are put together when they come to this: a thousand that are freed one
  // by one leave the heap full of holes.
  std::size_t piece_bytes = 64 * 1024;
};

// Records found, and how far everything that was asked for has been looked at.
struct Slice {
  RecordRuns records;
  Offset through = -1;
};

// The same backward: every record that was asked for with from <= offset is in `records`.
struct BackSlice {
  RecordRuns records;
  Offset from = 0;
  bool full = false;  // It ends at a bound of the request, not at the tail's start.
};

// The recent messages of one partition, in the order of the log and by channel, without duplicates.
// Pure.
class Tail final {
 public:
  Tail(const TailConfig& config, ChannelTable& channels);
  ~Tail();

  // Forgets everything; the log is looked at from `start` on.
  void Restart(Offset start);
  // The next message; offsets rise.
  void Add(const BatchPtr& batch, std::uint32_t entry);
  // Everything before `end` has now been looked at. Drops what is over the bounds.
  void Advance(Offset end);

  // Every message with start <= offset < end is here.
  Offset start() const { return start_; }
  Offset end() const { return end_; }
  // Whether what follows `after` is here, or is not written yet.
  bool Covers(Offset after) const { return after + 1 >= start_; }

  // What follows `after` in the wanted channels, up to `bytes_max` but at least one record.
  // Precondition: it is covered.
  Slice After(Offset after, const ChannelSet& wanted, std::size_t bytes_max) const;
  // The same for one channel.
  Slice AfterIn(std::string_view channel, Offset after, std::size_t limit,
                std::size_t bytes_max) const;
  // The last messages of the channel before `before`: at most `limit` and `bytes_max`, but at least
  // one if there is one.
  BackSlice LastOf(std::string_view channel, Offset before, std::size_t limit,
                   std::size_t bytes_max) const;

  std::size_t bytes() const { return bytes_; }
  std::size_t records() const { return entries_.size(); }

 private:
  struct Entry {
    Offset offset;
    ChannelTable::Slot slot;
    std::uint32_t entry;  // Within its batch.
    std::uint32_t batch;  // Counted from the first batch ever.
  };
  struct HeldBatch {
    BatchPtr batch;
    std::size_t memory;
    std::size_t entries;
  };
  // Where a channel's messages are: numbers of entries, counted from the first entry ever.
  struct ChannelIndex {
    std::vector<std::uint64_t> entries;
    std::size_t first = 0;  // Those before it are dropped.

    void DropFirst();
  };

  const BatchPtr& BatchOf(const Entry& entry) const {
    return batches_[entry.batch - first_batch_].batch;
  }
  const Entry& EntryAt(std::uint64_t number) const { return entries_[number - first_entry_]; }
  std::size_t SizeOf(const Entry& entry) const;
  const ChannelIndex* IndexOf(std::string_view channel) const;
  // How many of the channel's messages lie before `offset`, dropped ones included.
  std::size_t CountBefore(const ChannelIndex& index, Offset offset) const;

  bool OverBounds() const;
  void DropOldestBatch();
  void GatherLoose();

  const TailConfig config_;
  ChannelTable& channels_;
  Offset start_ = 0;
  Offset end_ = 0;
  std::deque<HeldBatch> batches_;
  std::uint32_t first_batch_ = 0;
  std::size_t loose_ = 0;  // The newest batches, which are not put together yet.
  std::size_t loose_bytes_ = 0;
  std::deque<Entry> entries_;
  std::uint64_t first_entry_ = 0;
  std::vector<ChannelIndex> by_channel_;  // By slot.
  std::size_t bytes_ = 0;
};

}  // namespace parley::router
