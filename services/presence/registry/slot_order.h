#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "services/presence/registry/slots.h"

namespace parley::presence {

// Things in a `Slots` in the order of their names, in about six bytes a thing: sorted blocks. It
// keeps no name: whoever uses it says how to get one from a number.
class SlotOrder {
 public:
  // The first thing of this name or a later one; kNoSlot when there is none.
  template <class NameOf>
  SlotNumber From(std::string_view name, const NameOf& name_of) const {
    const auto block = blocks_.begin() + BlockOf(name, name_of);
    if (block == blocks_.end()) return kNoSlot;
    return *PlaceIn(*block, name, name_of);
  }

  // Precondition: no thing of its name is in it.
  template <class NameOf>
  void Insert(SlotNumber number, const NameOf& name_of) {
    ++size_;
    if (blocks_.empty()) return blocks_.push_back({number});
    const auto last = static_cast<std::ptrdiff_t>(blocks_.size()) - 1;
    const auto block = blocks_.begin() + std::min(BlockOf(name_of(number), name_of), last);
    block->insert(PlaceIn(*block, name_of(number), name_of), number);
    if (block->size() <= kBlockMax) return;
    const auto middle = block->begin() + kBlockMax / 2;
    Block second(middle, block->end());
    block->erase(middle, block->end());
    blocks_.insert(std::next(block), std::move(second));
  }

  // Precondition: it is in it.
  template <class NameOf>
  void Erase(SlotNumber number, const NameOf& name_of) {
    --size_;
    const auto block = blocks_.begin() + BlockOf(name_of(number), name_of);
    block->erase(PlaceIn(*block, name_of(number), name_of));
    if (block->empty()) blocks_.erase(block);
  }

  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kBlockMax = 512;
  using Block = std::vector<SlotNumber>;

  // The first block that ends at this name or a later one.
  template <class NameOf>
  std::ptrdiff_t BlockOf(std::string_view name, const NameOf& name_of) const {
    const auto ends_before = [&](const Block& block, std::string_view wanted) {
      return name_of(block.back()) < wanted;
    };
    return std::lower_bound(blocks_.begin(), blocks_.end(), name, ends_before) - blocks_.begin();
  }

  template <class NameOf>
  static Block::const_iterator PlaceIn(const Block& block, std::string_view name,
                                       const NameOf& name_of) {
    return std::lower_bound(
        block.begin(), block.end(), name,
        [&](SlotNumber number, std::string_view wanted) { return name_of(number) < wanted; });
  }

  std::vector<Block> blocks_;  // None is empty.
  std::size_t size_ = 0;
};

}  // namespace parley::presence
