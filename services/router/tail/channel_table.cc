#include "services/router/tail/channel_table.h"

namespace parley::router {

ChannelTable::Slot ChannelTable::Acquire(std::string_view channel) {
  if (const auto found = slots_.find(channel); found != slots_.end()) {
    ++references_[found->second];
    return found->second;
  }
  Slot slot;
  if (free_.empty()) {
    slot = static_cast<Slot>(references_.size());
    references_.push_back(0);
    names_.push_back(nullptr);
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  references_[slot] = 1;
  names_[slot] = &slots_.emplace(std::string(channel), slot).first->first;
  return slot;
}

void ChannelTable::Release(Slot slot) {
  if (--references_[slot] != 0) return;
  if (const auto name = slots_.find(*names_[slot]); name != slots_.end()) slots_.erase(name);
  free_.push_back(slot);
}

std::optional<ChannelTable::Slot> ChannelTable::Find(std::string_view channel) const {
  const auto found = slots_.find(channel);
  if (found == slots_.end()) return std::nullopt;
  return found->second;
}

ChannelSet::~ChannelSet() {
  for (ChannelTable::Slot slot = 0; slot < wanted_.size(); ++slot) {
    if (wanted_[slot]) table_.Release(slot);
  }
}

void ChannelSet::Add(std::string_view channel) {
  const ChannelTable::Slot slot = table_.Acquire(channel);
  if (Has(slot)) {
    table_.Release(slot);
    return;
  }
  if (slot >= wanted_.size()) wanted_.resize(slot + 1);
  wanted_[slot] = true;
  ++size_;
}

void ChannelSet::Remove(std::string_view channel) {
  const std::optional<ChannelTable::Slot> slot = table_.Find(channel);
  if (!slot || !Has(*slot)) return;
  wanted_[*slot] = false;
  --size_;
  table_.Release(*slot);
}

}  // namespace parley::router
