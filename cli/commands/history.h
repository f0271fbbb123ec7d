#pragma once

#include <cstdint>
#include <string>

#include "cli/connection.h"
#include "cli/output/console.h"

namespace parley::cli {

struct HistoryOptions {
  Connection connection{};
  std::uint32_t limit = 50;
  std::string before{};  // A position; empty: from the end.
  bool json = false;
};

// Prints a channel's last stored messages, oldest first.
[[nodiscard]] ExitCode RunHistory(const HistoryOptions& options, const Console& console);

}  // namespace parley::cli
