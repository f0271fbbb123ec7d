#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace parley::presence {

// What walks met, so that a test sees that they are worth something.
struct WalkedFaults {
  std::uint64_t holes = 0;
  std::uint64_t old = 0;
  std::uint64_t dropped = 0;
  std::uint64_t snapshots_used = 0;
  std::uint64_t snapshots_failed = 0;
};

// A random history of gateways (walked_servers.h) and of a replica that reads their records: it
// reads one gateway's before another's, restarts at the end of the log, and gets snapshots page by
// page, late, or not at all. Again and again, and 4 s and 13 s after the last fault, it is compared
// with what is true (presence_truth.h). Returns what was wrong; nothing when all was right. The
// same seed walks the same way. Adds what it met to `faults`.
[[nodiscard]] std::optional<std::string> WalkPresence(unsigned seed, WalkedFaults& faults);

// How to walk only this one: for a message.
[[nodiscard]] std::string HowToReplay(unsigned seed);

}  // namespace parley::presence
