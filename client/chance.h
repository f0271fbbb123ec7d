#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "services/common/clock.h"

namespace parley::client {

// A bound that doubles with each failure.
struct Backoff {
  Duration first{};
  Duration most{};

  Duration After(std::size_t failures) const {
    Duration bound = first;
    while (failures-- > 0 && bound < most) bound *= 2;
    return std::min(bound, most);
  }
};

// From the system's randomness.
[[nodiscard]] inline std::uint64_t NewSeed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

// All chance of a session, from one seed.
class Chance final {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}

  // 0 <= result <= most. Where `most` is what a backoff says, this is "full jitter".
  Duration UpTo(Duration most) {
    const auto range = static_cast<std::uint64_t>(std::max(most, Duration::zero()).count()) + 1;
    return Duration(static_cast<Duration::rep>(engine_() % range));
  }

  // 0 <= result < bound.
  std::size_t Below(std::size_t bound) { return static_cast<std::size_t>(engine_() % bound); }

  template <class T>
  void Shuffle(std::vector<T>& items) {
    for (std::size_t left = items.size(); left > 1; --left) {
      std::swap(items[left - 1], items[Below(left)]);
    }
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace parley::client
