#include "services/presence/registry/name_store.h"

#include <cassert>
#include <cstring>
#include <limits>

namespace parley::presence {

NamePlace NameStore::Add(std::string_view name) {
  assert(name.size() <= kNameBytesMax);
  const std::size_t units = UnitsOf(name.size());
  NamePlace place = 0;
  if (!free_[units].empty()) {
    place = free_[units].back();
    free_[units].pop_back();
  } else {
    if (used_ + units > kBlockUnits) {
      assert(blocks_.size() < std::numeric_limits<NamePlace>::max() / kBlockUnits);
      blocks_.push_back(std::make_unique_for_overwrite<char[]>(kBlockUnits * kUnitBytes));
      used_ = 0;
    }
    place = static_cast<NamePlace>((blocks_.size() - 1) * kBlockUnits + used_);
    used_ += units;
  }
  char* const bytes = At(place);
  bytes[0] = static_cast<char>(static_cast<unsigned char>(name.size()));
  std::memcpy(bytes + 1, name.data(), name.size());
  return place;
}

void NameStore::Remove(NamePlace place) {
  free_[UnitsOf(operator[](place).size())].push_back(place);
}

}  // namespace parley::presence
