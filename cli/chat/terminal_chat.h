#pragma once

#include "cli/commands/chat.h"

namespace parley::cli {

// Chat for people: what was said before, who is here, who comes and goes, and a line to type on.
// `/help` lists commands.
[[nodiscard]] ExitCode RunTerminalChat(const ChatOptions& options, const Console& console);

}  // namespace parley::cli
