#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace parley {

// The place of a thing among others of its kind, as long as it is there.
using SlotNumber = std::uint32_t;
inline constexpr SlotNumber kNoSlot = std::numeric_limits<SlotNumber>::max();

// Finds things that have numbers by their hash, in four bytes a thing and the room that probing
// needs. It keeps no hash: whoever uses it says how to get one from a number.
class SlotIndex {
 public:
  // kNoSlot when no thing of this hash `matches`.
  template <class Matches>
  SlotNumber Find(std::size_t hash, const Matches& matches) const {
    if (places_.empty()) return kNoSlot;
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      if (places_[at] == kNoSlot || matches(places_[at])) return places_[at];
    }
  }

  // Precondition: it is not in it. `hash_of` gives the hash of any number that is.
  template <class HashOf>
  void Insert(SlotNumber number, const HashOf& hash_of) {
    if (++size_ * 4 > places_.size() * 3) Grow(hash_of);
    Place(number, hash_of(number));
  }

  // Precondition: it is in it.
  template <class HashOf>
  void Erase(SlotNumber number, const HashOf& hash_of) {
    std::size_t hole = hash_of(number) & mask();
    while (places_[hole] != number) hole = (hole + 1) & mask();
    // What was pushed on by it moves back, so that no search ends too early.
    for (std::size_t at = (hole + 1) & mask(); places_[at] != kNoSlot; at = (at + 1) & mask()) {
      const std::size_t home = hash_of(places_[at]) & mask();
      if (((at - home) & mask()) < ((at - hole) & mask())) continue;
      places_[hole] = places_[at];
      hole = at;
    }
    places_[hole] = kNoSlot;
    --size_;
  }

  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kPlacesMin = 16;

  std::size_t mask() const { return places_.size() - 1; }

  template <class HashOf>
  void Grow(const HashOf& hash_of) {
    const std::size_t places = places_.empty() ? kPlacesMin : places_.size() * 2;
    const std::vector<SlotNumber> known = std::move(places_);
    places_.assign(places, kNoSlot);
    for (const SlotNumber number : known) {
      if (number != kNoSlot) Place(number, hash_of(number));
    }
  }

  void Place(SlotNumber number, std::size_t hash) {
    std::size_t at = hash & mask();
    while (places_[at] != kNoSlot) at = (at + 1) & mask();
    places_[at] = number;
  }

  std::vector<SlotNumber> places_;  // A power of two of them, or none.
  std::size_t size_ = 0;
};

}  // namespace parley
