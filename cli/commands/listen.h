#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/connection.h"
#include "cli/output/console.h"

namespace parley::cli {

struct ListenOptions {
  Connection connection{};
  std::string after{};                // A position; empty: from now on.
  std::uint64_t count = 0;            // 0: without end.
  std::optional<Duration> timeout{};  // From the join on.
  bool json = false;
};

// Prints a channel's messages as they come.
[[nodiscard]] ExitCode RunListen(const ListenOptions& options, const Console& console);

}  // namespace parley::cli
