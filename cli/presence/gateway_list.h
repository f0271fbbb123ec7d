#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/common/clock.h"

namespace parley::cli {

struct ListedGateway {
  std::string id;
  std::int64_t epoch = 0;
  std::string grpc_address;
  std::string link_address;
  bool draining = false;
  std::uint32_t sessions = 0;
};

struct GatewayList {
  // In the order of their ids; nothing when the replica did not say.
  std::optional<std::vector<ListedGateway>> gateways;
  bool connected = false;
  std::string reason;  // Why there are none; may hold the other side's text.
};

// Asks the presence replica at HOST:PORT.
[[nodiscard]] GatewayList ListGateways(const std::string& presence, Duration timeout);

}  // namespace parley::cli
