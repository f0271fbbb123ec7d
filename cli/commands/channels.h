#pragma once

#include <cstdint>
#include <string>

#include "cli/connection.h"
#include "cli/output/console.h"

namespace parley::cli {

struct ChannelsOptions {
  Connection connection{};
  std::string prefix{};
  std::uint32_t limit = 0;  // 0: the server's default.
  bool json = false;
};

// Lists the channels that have members now, one a line, with how many users are in each.
[[nodiscard]] ExitCode RunChannels(const ChannelsOptions& options, const Console& console);

}  // namespace parley::cli
