#pragma once

#include <cstdint>

#include "cli/connection.h"
#include "cli/output/console.h"

namespace parley::cli {

struct WhoOptions {
  Connection connection{};
  std::uint32_t limit = 0;  // 0: the server's default.
  bool json = false;
};

// Lists who is in a channel now, one user a line.
[[nodiscard]] ExitCode RunWho(const WhoOptions& options, const Console& console);

}  // namespace parley::cli
