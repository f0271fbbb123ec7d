#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/integration/topic_dump.h"

namespace parley::test {

// A message of a channel as it lies in the log, shown or not.
struct LoggedCopy {
  std::string id;
  std::string sender;
  std::int64_t offset = 0;
  std::int64_t time_ms = 0;
  bool retry = false;
};

// The channel's messages in the order of the log.
[[nodiscard]] std::vector<LoggedCopy> CopiesIn(const std::vector<DumpedRecord>& dump,
                                               const std::string& channel);

// The ids of those that members are to see, by the words of ADR 0011: a copy is left out if an
// earlier one of the same sender and id lies at most `late` before it, or `window` if it is marked.
[[nodiscard]] std::vector<std::string> IdsShown(const std::vector<LoggedCopy>& copies,
                                                std::chrono::milliseconds window,
                                                std::chrono::milliseconds late);

}  // namespace parley::test
