#pragma once

#include <chrono>
#include <string>

#include "cli/exit_code.h"
#include "cli/output/console.h"
#include "services/common/clock.h"

namespace parley::cli {

struct ServersOptions {
  std::string presence;  // HOST:PORT of a replica.
  Duration timeout = std::chrono::seconds(3);
  bool json = false;
};

// Lists the gateways that one presence replica knows, one a line.
[[nodiscard]] ExitCode RunServers(const ServersOptions& options, const Console& console);

}  // namespace parley::cli
