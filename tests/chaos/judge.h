#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tests/chaos/crowd.h"
#include "tests/chaos/log_dump.h"

namespace parley::chaos {

struct Verdict {
  std::size_t sent = 0;
  std::size_t acked = 0;
  std::size_t unknown = 0;  // Given up without an answer.
  std::size_t delivered = 0;
  std::size_t lost = 0;
  std::size_t duplicated = 0;
  std::size_t reordered = 0;
  std::size_t undetected_gaps = 0;
  std::size_t discontinuities = 0;
  std::vector<std::string> violations;  // Of the oracle's rules.
};

// Holds all clients' logs against one another and against the log.
[[nodiscard]] Verdict Judge(const std::vector<Crowd::Record>& records, const LogDump& dump);

}  // namespace parley::chaos
