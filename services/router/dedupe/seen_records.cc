#include "services/router/dedupe/seen_records.h"

#include <algorithm>
#include <utility>

namespace parley::router {

SlotNumber SeenRecords::Find(const Fingerprint& print) const {
  return latest_.Find(FingerprintHash()(print),
                      [&](SlotNumber place) { return ring_[place].print == print; });
}

const SeenRecord* SeenRecords::Latest(const Fingerprint& print) const {
  const SlotNumber place = Find(print);
  return place == kNoSlot ? nullptr : &ring_[place];
}

void SeenRecords::PushBack(SeenRecord record) {
  if (size_ == ring_.size()) Resize(std::max(kCapacityMin, size_ * 2));
  const SlotNumber earlier = Find(record.print);
  if (earlier != kNoSlot) {
    record.time_ms = std::max(record.time_ms, ring_[earlier].time_ms);
    latest_.Erase(earlier, Hash());
  }
  const SlotNumber place = PlaceOf(size_++);
  ring_[place] = record;
  latest_.Insert(place, Hash());
}

void SeenRecords::PushFront(const SeenRecord& record) {
  if (size_ == ring_.size()) Resize(std::max(kCapacityMin, size_ * 2));
  first_ = PlaceOf(ring_.size() - 1);
  ++size_;
  ring_[first_] = record;
  const SlotNumber latest = Find(record.print);
  if (latest == kNoSlot) {
    latest_.Insert(static_cast<SlotNumber>(first_), Hash());
  } else {
    ring_[latest].time_ms = std::max(ring_[latest].time_ms, record.time_ms);
  }
}

void SeenRecords::PopFront() {
  const auto place = static_cast<SlotNumber>(first_);
  if (Find(ring_[place].print) == place) latest_.Erase(place, Hash());
  first_ = PlaceOf(1);
  --size_;
  // What a burst took goes back.
  if (size_ >= kCapacityMin && size_ < ring_.size() / 4) Resize(ring_.size() / 2);
}

void SeenRecords::Resize(std::size_t capacity) {
  std::vector<SeenRecord> records(capacity);
  for (std::size_t i = 0; i < size_; ++i) records[i] = ring_[PlaceOf(i)];
  ring_ = std::move(records);
  first_ = 0;
  latest_ = SlotIndex();
  // From the newest: of each print the first that is met is the latest.
  for (std::size_t i = size_; i-- > 0;) {
    if (Find(ring_[i].print) == kNoSlot) latest_.Insert(static_cast<SlotNumber>(i), Hash());
  }
}

}  // namespace parley::router
