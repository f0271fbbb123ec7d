#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/exit_code.h"
#include "cli/output/console.h"
#include "services/common/clock.h"

namespace parley::cli {

struct ProbeOptions {
  std::vector<std::string> servers{};
  std::uint64_t count = 0;  // 0: without end.
  Duration interval = std::chrono::seconds(1);
  Duration timeout = std::chrono::seconds(5);  // For connecting, and for each message.
  std::string listen{};                        // Where metrics are; empty: nowhere.
};

// A canary: sends messages through one gateway, receives them through another, and tells how long
// that took and what was lost. Ends with 0 if every message of `count` arrived. SIGTERM ends it.
[[nodiscard]] ExitCode RunProbe(const ProbeOptions& options, const Console& console);

}  // namespace parley::cli
