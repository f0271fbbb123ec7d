#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace parley::simulation {

struct RunResult {
  std::vector<std::string> violations;  // Empty: all guarantees held.
  std::vector<std::string> faults;
  std::size_t sent = 0;
  std::size_t acked = 0;
  std::size_t received = 0;
  std::uint64_t steps = 0;
  std::uint64_t checksum = 0;  // Differs if the run took another course.
};

// One seed: a cluster of random size under random load and faults, healed, and judged by the
// oracle. Odd seeds end with a minority that stays broken. The same seed is always the same run.
[[nodiscard]] RunResult Run(std::uint64_t seed);

}  // namespace parley::simulation
