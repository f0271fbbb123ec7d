#pragma once

#include <string>

#include "services/common/clock.h"

namespace parley::cli {

struct HealthAnswer {
  bool is_serving = false;
  std::string reason;  // In a line; may hold the other side's text.
};

// Calls grpc.health.v1.Health/Check at HOST:PORT.
[[nodiscard]] HealthAnswer AskGrpc(const std::string& server, Duration timeout);

// Gets /readyz from HOST:PORT over HTTP.
[[nodiscard]] HealthAnswer AskReadiness(const std::string& admin, Duration timeout);

}  // namespace parley::cli
