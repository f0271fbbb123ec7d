#include "cli/commands/chat.h"

#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "cli/chat/piped_chat.h"
#include "cli/chat/terminal_chat.h"

namespace parley::cli {

ExitCode RunChat(const ChatOptions& options, const Console& console) {
  const char* terminal = std::getenv("TERM");
  const bool is_dumb = terminal != nullptr && std::strcmp(terminal, "dumb") == 0;
  const bool is_terminal = isatty(STDIN_FILENO) == 1 && console.out_is_terminal();
  if (is_terminal && !is_dumb && !options.json) return RunTerminalChat(options, console);
  return RunPipedChat(options, console);
}

}  // namespace parley::cli
