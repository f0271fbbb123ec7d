#include "cli/chat/screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "cli/chat/input_view.h"

namespace parley::cli {
namespace {

constexpr const char* kClearLine = "\r\x1b[K";
constexpr std::size_t kInputColumnsLeast = 8;

std::size_t TerminalColumns() {
  winsize size{};
  const bool is_known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : 80;
}

// In raw mode a line feed only goes down.
std::string WithReturns(std::string_view lines) {
  std::string text;
  for (const char letter : lines) {
    if (letter == '\n') text += '\r';
    text += letter;
  }
  return text;
}

}  // namespace

Screen::Screen(const Console& console, std::string prompt)
    : console_(console), prompt_(std::move(prompt)) {
  Redraw();
}

Screen::~Screen() { console_.Write(kClearLine); }

void Screen::Print(std::string_view lines) {
  const std::lock_guard lock(mutex_);
  console_.Write(kClearLine + WithReturns(lines) + "\r\n");
  Draw();
}

void Screen::Prompt(std::string prompt) {
  const std::lock_guard lock(mutex_);
  prompt_ = std::move(prompt);
  Draw();
}

LineEditor::Outcome Screen::Type(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  LineEditor::Outcome outcome = editor_.Feed(bytes);
  Draw();
  return outcome;
}

void Screen::Redraw() {
  const std::lock_guard lock(mutex_);
  Draw();
}

void Screen::Draw() {
  const std::size_t taken = ColumnsOf(prompt_) + 1;  // One for a cursor at the end.
  const std::size_t all = TerminalColumns();
  const std::size_t columns =
      std::max(kInputColumnsLeast, all > taken ? all - taken : kInputColumnsLeast);
  const InputView view = ViewOf(editor_.text(), editor_.cursor(), columns);
  std::string text = kClearLine + console_.Paint(Colour::kDim, prompt_) + view.text;
  if (view.columns_behind_cursor > 0) {
    text += "\x1b[" + std::to_string(view.columns_behind_cursor) + "D";
  }
  console_.Write(text);
}

}  // namespace parley::cli
