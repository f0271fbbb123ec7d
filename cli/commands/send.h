#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/connection.h"
#include "cli/output/console.h"

namespace parley::cli {

struct SendOptions {
  Connection connection{};
  std::optional<std::string> content{};  // Nothing: all of stdin.
  std::string id{};
  bool retry = false;
  std::vector<MessageHeader> headers{};
  Duration timeout = std::chrono::seconds(8);
  bool json = false;
};

// Sends one message and tells what became of it.
[[nodiscard]] ExitCode RunSend(const SendOptions& options, const Console& console);

}  // namespace parley::cli
