#pragma once

#include <chrono>
#include <string>

#include "cli/exit_code.h"
#include "cli/output/console.h"
#include "services/common/clock.h"

namespace parley::cli {

struct HealthOptions {
  std::string server;  // Asks gRPC's health service; empty: does not.
  std::string admin;   // Asks /readyz of the port for operators; empty: does not.
  Duration timeout = std::chrono::seconds(3);
};

// Exits with 0 when everything that was asked is serving, with 1 otherwise. For container health
// checks.
[[nodiscard]] ExitCode RunHealth(const HealthOptions& options, const Console& console);

}  // namespace parley::cli
