#include "cli/chat/raw_terminal.h"

#include <unistd.h>

namespace parley::cli {

RawTerminal::RawTerminal() {
  tcgetattr(STDIN_FILENO, &before_);
  termios raw = before_;
  cfmakeraw(&raw);
  tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

RawTerminal::~RawTerminal() { tcsetattr(STDIN_FILENO, TCSADRAIN, &before_); }

}  // namespace parley::cli
