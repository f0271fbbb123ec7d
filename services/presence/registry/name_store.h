#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace parley::presence {

// Says where a name is in a `NameStore`.
using NamePlace = std::uint32_t;

// Many names of at most 255 bytes, each in one byte more than it has, rounded up to four, and known
// by four bytes: a std::string takes 32 more, and an allocation. The place of a name that was
// removed is used again for one of about its length.
class NameStore {
 public:
  NamePlace Add(std::string_view name);
  void Remove(NamePlace place);
  // Until it is removed.
  std::string_view operator[](NamePlace place) const {
    const char* const bytes = At(place);
    return {bytes + 1, static_cast<unsigned char>(bytes[0])};
  }

 private:
  static constexpr std::size_t kNameBytesMax = 255;
  static constexpr std::size_t kUnitBytes = 4;
  static constexpr std::size_t kBlockUnits = 16'384;

  static std::size_t UnitsOf(std::size_t name_bytes) { return name_bytes / kUnitBytes + 1; }
  char* At(NamePlace place) const {
    return blocks_[place / kBlockUnits].get() + place % kBlockUnits * kUnitBytes;
  }

  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t used_ = kBlockUnits;  // Units of the last block.
  // By the units that there are.
  std::array<std::vector<NamePlace>, kNameBytesMax / kUnitBytes + 2> free_;
};

}  // namespace parley::presence
