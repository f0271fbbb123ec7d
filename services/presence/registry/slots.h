#pragma once

#include <cassert>
#include <cstddef>
#include <deque>
#include <utility>
#include <vector>

#include "services/common/slot_index.h"

namespace parley::presence {

// Many small things, each known by a number of four bytes rather than by a pointer, and without an
// allocation of its own. The place of what was removed is used again; what the thing held is let go
// of at once.
template <class T>
class Slots {
 public:
  SlotNumber Add(T thing) {
    if (free_.empty()) {
      assert(things_.size() < kNoSlot);
      things_.push_back(std::move(thing));
      return static_cast<SlotNumber>(things_.size() - 1);
    }
    const SlotNumber number = free_.back();
    free_.pop_back();
    things_[number] = std::move(thing);
    return number;
  }
  void Remove(SlotNumber number) {
    things_[number] = T();
    free_.push_back(number);
  }

  T& operator[](SlotNumber number) { return things_[number]; }
  const T& operator[](SlotNumber number) const { return things_[number]; }
  std::size_t size() const { return things_.size() - free_.size(); }

 private:
  std::deque<T> things_;
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
