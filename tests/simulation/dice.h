#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>

#include "services/common/clock.h"

namespace parley::simulation {

// All chance of a simulation. Its own arithmetic on a standard engine: the same seed gives the same
// run with any standard library.
class Dice final {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  // 0 <= result < bound.
  std::size_t Below(std::size_t bound) { return static_cast<std::size_t>(engine_() % bound); }
  bool Chance(double probability) {
    constexpr double kRange = 1'000'000;
    return static_cast<double>(Below(static_cast<std::size_t>(kRange))) < probability * kRange;
  }
  Duration Between(Duration least, Duration most) {
    const auto range = static_cast<std::uint64_t>((most - least).count()) + 1;
    return least + Duration(static_cast<std::int64_t>(engine_() % range));
  }
  std::uint64_t Seed() { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace parley::simulation
