#pragma once

#include <optional>
#include <string>

#include "services/presence/directory.h"
#include "tests/unit/presence/walked_servers.h"

namespace parley::presence {

// What a replica knows, compared with what is true. Each returns what is wrong, or nothing.

// At any time: where the replica has all changes of a gateway, and misses none, it knows what is
// true; and its counts are those of its sessions.
[[nodiscard]] std::optional<std::string> WrongNow(const Directory& directory,
                                                  const WalkedServers& servers);
// 4 s after the last fault: all that lives is known as it is.
[[nodiscard]] std::optional<std::string> WrongOfTheLiving(const Directory& directory,
                                                          const WalkedServers& servers);
// When every timeout has passed: and nothing else is known.
[[nodiscard]] std::optional<std::string> WrongInTheEnd(const Directory& directory,
                                                       const WalkedServers& servers);

}  // namespace parley::presence
