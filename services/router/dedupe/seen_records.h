#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "services/common/ids.h"
#include "services/common/slot_index.h"
#include "services/router/tail/fingerprint.h"

namespace parley::router {

// A record as the rule of duplicates sees it.
struct SeenRecord {
  Fingerprint print;
  Offset offset = 0;
  std::int64_t time_ms = 0;
};

// Records in the order of the log, and the latest of each print. A record that is added gets the
// time of the latest of its print up to there: brokers' clocks differ. In two blocks of memory,
// whatever their number: tens of thousands of small ones that live for minutes would each hold a
// page of what was freed around it (docs/adr/0012).
class SeenRecords final {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Precondition: there is one.
  const SeenRecord& front() const { return ring_[first_]; }

  // The latest record of the print; nullptr: there is none.
  const SeenRecord* Latest(const Fingerprint& print) const;

  void PushBack(SeenRecord record);
  void PushFront(const SeenRecord& record);
  void PopFront();

 private:
  static constexpr std::size_t kCapacityMin = 16;

  // A record's number is its place in the ring.
  SlotNumber PlaceOf(std::size_t index) const {
    return static_cast<SlotNumber>((first_ + index) & (ring_.size() - 1));
  }
  SlotNumber Find(const Fingerprint& print) const;
  auto Hash() const {
    return [this](SlotNumber place) { return FingerprintHash()(ring_[place].print); };
  }
  void Resize(std::size_t capacity);

  std::vector<SeenRecord> ring_;  // A power of two of them, or none.
  std::size_t first_ = 0;
  std::size_t size_ = 0;
  SlotIndex latest_;
};

}  // namespace parley::router
