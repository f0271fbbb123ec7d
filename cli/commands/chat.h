#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "cli/connection.h"
#include "cli/output/console.h"

namespace parley::cli {

struct ChatOptions {
  Connection connection{};
  // How many messages to show first; nothing: 10 on a terminal, else none.
  std::optional<std::uint32_t> history{};
  Duration wait = std::chrono::seconds(1);  // For what is coming, after the end of piped input.
  bool json = false;
};

// Talks in a channel: for people on a terminal, line by line in a pipe.
[[nodiscard]] ExitCode RunChat(const ChatOptions& options, const Console& console);

}  // namespace parley::cli
