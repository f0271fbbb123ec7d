#include "services/router/tail/tail.h"

#include <algorithm>

namespace parley::router {

Tail::Tail(const TailConfig& config, ChannelTable& channels)
    : config_(config), channels_(channels) {}

Tail::~Tail() { Restart(0); }

void Tail::Restart(Offset start) {
  while (!batches_.empty()) DropOldestBatch();
  start_ = end_ = start;
}

void Tail::Add(const BatchPtr& batch, std::uint32_t entry) {
  if (batches_.empty() || batches_.back().batch != batch) {
    batches_.push_back({batch, batch->memory(), 0});
    bytes_ += batches_.back().memory;
    loose_bytes_ += batches_.back().memory;
    ++loose_;
  }
  ++batches_.back().entries;
  const BatchEntry& record = batch->entries()[entry];
  const ChannelTable::Slot slot = channels_.Acquire(batch->channel(record));
  if (slot >= by_channel_.size()) by_channel_.resize(slot + 1);
  by_channel_[slot].entries.push_back(first_entry_ + entries_.size());
  entries_.push_back(
      {record.offset, slot, entry, first_batch_ + static_cast<std::uint32_t>(batches_.size() - 1)});
  end_ = record.offset + 1;
}

void Tail::Advance(Offset end) {
  end_ = std::max(end_, end);
  while (batches_.size() > 1 && OverBounds()) DropOldestBatch();
  if (loose_bytes_ >= config_.piece_bytes) GatherLoose();
}

Slice Tail::After(Offset after, const ChannelSet& wanted, std::size_t bytes_max) const {
  Slice slice;
  auto entry = std::upper_bound(
      entries_.begin(), entries_.end(), after,
      [](Offset offset, const Entry& candidate) { return offset < candidate.offset; });
  for (; entry != entries_.end(); ++entry) {
    if (!wanted.Has(entry->slot)) continue;
    if (!slice.records.empty() && slice.records.bytes() + SizeOf(*entry) > bytes_max) {
      slice.through = entry->offset - 1;
      return slice;
    }
    slice.records.Add(BatchOf(*entry), entry->entry);
  }
  slice.through = std::max(after, end_ - 1);
  return slice;
}

Slice Tail::AfterIn(std::string_view channel, Offset after, std::size_t limit,
                    std::size_t bytes_max) const {
  Slice slice;
  slice.through = std::max(after, end_ - 1);
  const ChannelIndex* index = IndexOf(channel);
  if (index == nullptr) return slice;
  for (std::size_t i = CountBefore(*index, after + 1); i < index->entries.size(); ++i) {
    const Entry& entry = EntryAt(index->entries[i]);
    if (slice.records.count() >= limit ||
        (!slice.records.empty() && slice.records.bytes() + SizeOf(entry) > bytes_max)) {
      slice.through = entry.offset - 1;
      return slice;
    }
    slice.records.Add(BatchOf(entry), entry.entry);
  }
  return slice;
}

BackSlice Tail::LastOf(std::string_view channel, Offset before, std::size_t limit,
                       std::size_t bytes_max) const {
  BackSlice slice;
  slice.from = start_;
  const ChannelIndex* index = IndexOf(channel);
  if (index == nullptr) return slice;
  const std::size_t last = CountBefore(*index, before);
  std::size_t first = last;
  for (std::size_t bytes = 0; first > index->first; --first) {
    bytes += SizeOf(EntryAt(index->entries[first - 1]));
    slice.full = last - first >= limit || (bytes > bytes_max && first != last);
    if (slice.full) break;
  }
  for (std::size_t i = first; i < last; ++i) {
    const Entry& entry = EntryAt(index->entries[i]);
    slice.records.Add(BatchOf(entry), entry.entry);
  }
  if (slice.full) slice.from = slice.records.first_offset();
  return slice;
}

void Tail::ChannelIndex::DropFirst() {
  ++first;
  if (first == entries.size()) {
    entries = {};
    first = 0;
  } else if (first >= 64 && first * 2 > entries.size()) {
    entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(first));
    first = 0;
  }
}

std::size_t Tail::SizeOf(const Entry& entry) const {
  const BatchEntry& record = BatchOf(entry)->entries()[entry.entry];
  return record.end - record.begin;
}

const Tail::ChannelIndex* Tail::IndexOf(std::string_view channel) const {
  const std::optional<ChannelTable::Slot> slot = channels_.Find(channel);
  return slot && *slot < by_channel_.size() ? &by_channel_[*slot] : nullptr;
}

std::size_t Tail::CountBefore(const ChannelIndex& index, Offset offset) const {
  const auto first = index.entries.begin() + static_cast<std::ptrdiff_t>(index.first);
  const auto found = std::lower_bound(
      first, index.entries.end(), offset,
      [this](std::uint64_t number, Offset wanted) { return EntryAt(number).offset < wanted; });
  return static_cast<std::size_t>(found - index.entries.begin());
}

bool Tail::OverBounds() const {
  if (bytes_ > config_.bytes_max || entries_.size() > config_.records_max) return true;
  const std::int64_t newest = batches_.back().batch->entries().back().time_ms;
  return newest - batches_.front().batch->entries().back().time_ms > config_.age_max.count();
}

void Tail::DropOldestBatch() {
  const HeldBatch& oldest = batches_.front();
  for (std::size_t i = 0; i < oldest.entries; ++i) {
    const ChannelTable::Slot slot = entries_.front().slot;
    by_channel_[slot].DropFirst();
    channels_.Release(slot);
    entries_.pop_front();
  }
  first_entry_ += oldest.entries;
  bytes_ -= oldest.memory;
  if (loose_ == batches_.size()) {
    --loose_;
    loose_bytes_ -= oldest.memory;
  }
  start_ = oldest.batch->through() + 1;
  batches_.pop_front();
  ++first_batch_;
}

void Tail::GatherLoose() {
  if (loose_ > 1) {
    const std::size_t place = batches_.size() - loose_;
    HeldBatch piece{nullptr, 0, 0};
    for (std::size_t i = place; i < batches_.size(); ++i) piece.entries += batches_[i].entries;
    BatchGatherer gatherer(*batches_[place].batch);
    std::uint32_t number = 0;
    for (auto entry = entries_.end() - static_cast<std::ptrdiff_t>(piece.entries);
         entry != entries_.end(); ++entry) {
      gatherer.Add(*BatchOf(*entry), entry->entry);
      entry->entry = number++;
      entry->batch = first_batch_ + static_cast<std::uint32_t>(place);
    }
    piece.batch = gatherer.Take(end_ - 1);
    piece.memory = piece.batch->memory();
    bytes_ += piece.memory;
    bytes_ -= loose_bytes_;
    batches_.resize(place);
    batches_.push_back(std::move(piece));
  }
  loose_ = loose_bytes_ = 0;
}

}  // namespace parley::router
