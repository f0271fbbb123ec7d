#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "services/router/tail/record_batch.h"

namespace parley::router {

// Records in the order of the log, held by reference: neighbours within a batch are one run, so
// that handing a hundred of them on costs one reference count and one piece of memory.
class RecordRuns final {
 public:
  struct Run {
    BatchPtr batch;
    std::uint32_t first = 0;
    std::uint32_t last = 0;  // Exclusive.

    std::string_view deliver_bytes() const { return batch->deliver_bytes(first, last); }
  };

  void Add(const BatchPtr& batch, std::uint32_t entry) {
    if (!runs_.empty() && runs_.back().batch == batch && runs_.back().last == entry) {
      ++runs_.back().last;
    } else {
      runs_.push_back({batch, entry, entry + 1});
    }
    ++count_;
    bytes_ += SizeOf(*batch, entry);
  }

  void DropFirst() {
    Run& run = runs_.front();
    --count_;
    bytes_ -= SizeOf(*run.batch, run.first);
    if (++run.first == run.last) runs_.pop_front();
  }

  void Append(const RecordRuns& later) {
    runs_.insert(runs_.end(), later.runs_.begin(), later.runs_.end());
    count_ += later.count_;
    bytes_ += later.bytes_;
  }

  // The offset of the first record; there is one.
  Offset first_offset() const {
    const Run& run = runs_.front();
    return run.batch->entries()[run.first].offset;
  }
  Offset last_offset() const {
    const Run& run = runs_.back();
    return run.batch->entries()[run.last - 1].offset;
  }

  const std::deque<Run>& runs() const { return runs_; }
  bool empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }
  std::size_t bytes() const { return bytes_; }  // As `Deliver.records`.

 private:
  static std::size_t SizeOf(const RecordBatch& batch, std::uint32_t entry) {
    return batch.entries()[entry].end - batch.entries()[entry].begin;
  }

  std::deque<Run> runs_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace parley::router
