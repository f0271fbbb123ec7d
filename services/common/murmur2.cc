#include "services/common/murmur2.h"

#include <cstddef>

namespace parley {

std::uint32_t Murmur2(std::string_view data) {
  constexpr std::uint32_t kSeed = 0x9747b28c;
  constexpr std::uint32_t kMultiplier = 0x5bd1e995;
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return static_cast<std::uint8_t>(data[i]);
  };

  std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(data.size());
  std::size_t i = 0;
  for (; i + 4 <= data.size(); i += 4) {
    std::uint32_t word = byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24;
    word *= kMultiplier;
    word ^= word >> 24;
    word *= kMultiplier;
    hash = hash * kMultiplier ^ word;
  }
  const std::size_t rest = data.size() - i;
  if (rest >= 3) hash ^= byte(i + 2) << 16;
  if (rest >= 2) hash ^= byte(i + 1) << 8;
  if (rest >= 1) hash = (hash ^ byte(i)) * kMultiplier;

  hash ^= hash >> 13;
  hash *= kMultiplier;
  hash ^= hash >> 15;
  return hash;
}

}  // namespace parley
