#pragma once

#include "cli/commands/chat.h"

namespace parley::cli {

// Sends every line of stdin and prints every message, its own too. At the end of the input it waits
// for the acks, then `wait` for what is coming. Lines are content whatever they begin with; empty
// ones are skipped.
[[nodiscard]] ExitCode RunPipedChat(const ChatOptions& options, const Console& console);

}  // namespace parley::cli
