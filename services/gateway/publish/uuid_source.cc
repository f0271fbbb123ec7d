#include "services/gateway/publish/uuid_source.h"

#include <cstddef>

namespace parley::gateway {

std::string UuidSource::Next() {
  constexpr std::uint64_t kVersionMask = 0xf000, kVersion = 0x4000;
  constexpr std::uint64_t kVariantMask = 0xc000000000000000, kVariant = 0x8000000000000000;
  const std::uint64_t halves[] = {(random_() & ~kVersionMask) | kVersion,
                                  (random_() & ~kVariantMask) | kVariant};

  std::string uuid;
  uuid.reserve(36);
  for (std::size_t digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) uuid += '-';
    uuid += "0123456789abcdef"[halves[digit / 16] >> (60 - digit % 16 * 4) & 0xf];
  }
  return uuid;
}

}  // namespace parley::gateway
