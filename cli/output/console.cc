#include "cli/output/console.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "cli/exit_code.h"

namespace parley::cli {
namespace {

// Whoever started us may have made the descriptor non-blocking.
bool WaitUntilWritable(int descriptor) {
  pollfd waiting{.fd = descriptor, .events = POLLOUT, .revents = 0};
  return poll(&waiting, 1, -1) > 0 || errno == EINTR;
}

bool WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN && WaitUntilWritable(descriptor)) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool WantsColour() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool is_dumb = terminal != nullptr && std::strcmp(terminal, "dumb") == 0;
  return (no_colour == nullptr || *no_colour == '\0') && !is_dumb;
}

const char* CodeOf(Colour colour) {
  switch (colour) {
    case Colour::kNone:
      return "0";
    case Colour::kDim:
      return "2";
    case Colour::kRed:
      return "31";
    case Colour::kGreen:
      return "32";
    case Colour::kYellow:
      return "33";
    case Colour::kBlue:
      return "34";
    case Colour::kMagenta:
      return "35";
    case Colour::kCyan:
      return "36";
  }
  return "0";
}

}  // namespace

Console::Console()
    : out_is_terminal_(isatty(STDOUT_FILENO) == 1),
      has_colour_(out_is_terminal_ && WantsColour()) {}

void Console::Line(std::string_view line) const { Write(std::string(line) + "\n"); }

void Console::Write(std::string_view text) const {
  if (WriteAll(STDOUT_FILENO, text)) return;
  // A closed pipe is how readers say that they have enough; with SIGPIPE ignored it comes as an
  // error.
  if (errno != EPIPE) Complain(std::string("cannot write the output: ") + std::strerror(errno));
  _exit(static_cast<int>(ExitCode::kFailed));
}

void Console::Note(std::string_view line) const {
  // Without stderr there is nobody to tell.
  (void)WriteAll(STDERR_FILENO, std::string(line) + "\n");
}

void Console::Complain(std::string_view message) const { Note("parley: " + std::string(message)); }

std::string Console::Paint(Colour colour, std::string_view text) const {
  if (!has_colour_ || colour == Colour::kNone) return std::string(text);
  return std::string("\x1b[") + CodeOf(colour) + "m" + std::string(text) + "\x1b[0m";
}

}  // namespace parley::cli
