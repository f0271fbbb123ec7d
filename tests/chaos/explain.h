#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/chaos/crowd.h"
#include "tests/chaos/log_dump.h"

namespace parley::chaos {

// For people who look for the cause of violations: what became of the messages that they name, a
// few of them. Times are those of the run, in seconds since its first fault was due.
[[nodiscard]] std::vector<std::string> Explain(const std::vector<std::string>& violations,
                                               const std::vector<Crowd::Record>& records,
                                               const LogDump& dump, std::int64_t begin_us);

}  // namespace parley::chaos
