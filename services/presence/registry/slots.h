#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "services/common/slot_index.h"

namespace parley::presence {

// Many small things, each known by a number of four bytes rather than by a pointer, in few large
// blocks: small ones would each hold a page of what was freed around it (docs/adr/0012). The place
// of what was removed is used again; what the thing held is let go of at once.
template <class T>
class Slots {
 public:
  SlotNumber Add(T thing) {
    SlotNumber number = 0;
    if (free_.empty()) {
      assert(used_ < kNoSlot);
      if (used_ % kPerBlock == 0) blocks_.push_back(std::make_unique<T[]>(kPerBlock));
      number = static_cast<SlotNumber>(used_++);
    } else {
      number = free_.back();
      free_.pop_back();
    }
    (*this)[number] = std::move(thing);
    return number;
  }
  void Remove(SlotNumber number) {
    (*this)[number] = T();
    free_.push_back(number);
  }

  T& operator[](SlotNumber number) { return blocks_[number / kPerBlock][number % kPerBlock]; }
  const T& operator[](SlotNumber number) const {
    return blocks_[number / kPerBlock][number % kPerBlock];
  }
  std::size_t size() const { return used_ - free_.size(); }

 private:
  static constexpr std::size_t kBlockBytes = 64 * 1024;
  static constexpr std::size_t kPerBlock = std::bit_floor(kBlockBytes / sizeof(T));

  std::vector<std::unique_ptr<T[]>> blocks_;
  std::size_t used_ = 0;  // Places, of all blocks.
  std::vector<SlotNumber> free_;
};

// A thing's place in a list of things that are in the same `Slots`.
struct SlotLink {
  SlotNumber next = kNoSlot;
  SlotNumber previous = kNoSlot;
};

template <class T>
void PushFront(Slots<T>& slots, SlotLink T::*link, SlotNumber& first, SlotNumber number) {
  slots[number].*link = {.next = first, .previous = kNoSlot};
  if (first != kNoSlot) (slots[first].*link).previous = number;
  first = number;
}

template <class T>
void Unlink(Slots<T>& slots, SlotLink T::*link, SlotNumber& first, SlotNumber number) {
  const SlotLink place = slots[number].*link;
  (place.previous == kNoSlot ? first : (slots[place.previous].*link).next) = place.next;
  if (place.next != kNoSlot) (slots[place.next].*link).previous = place.previous;
}

}  // namespace parley::presence
