#pragma once

namespace parley::cli {

// What `parley` exits with. Scripts rely on it; docs/cli.md and the help have the same table.
enum class ExitCode {
  kOk = 0,           // Done; a message: stored.
  kFailed = 1,       // Not done; a message: not stored.
  kUsage = 2,        // The command line or its input makes no sense; nothing was tried.
  kUnknown = 3,      // A message may or may not be stored.
  kUnreachable = 4,  // No connection came about; nothing was sent.
  kTimeout = 5,      // `listen` ran out of time before it had `--count` messages.
  kIncomplete = 6,   // `listen` knows that it was not given every message.
};

}  // namespace parley::cli
