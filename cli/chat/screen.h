#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

#include "cli/chat/line_editor.h"
#include "cli/output/console.h"

namespace parley::cli {

// A terminal whose last line is being typed while others' lines appear above it. Thread-safe:
// messages come on one thread, keys on another.
class Screen final {
 public:
  Screen(const Console& console, std::string prompt);
  ~Screen();  // Leaves the cursor on a line of its own.

  // Puts text above the line that is being typed.
  void Print(std::string_view lines);
  // What stands before the line that is being typed.
  void Prompt(std::string prompt);
  LineEditor::Outcome Type(std::string_view bytes);
  void Redraw();  // The terminal has another size.

 private:
  void Draw();  // Holds mutex_.

  const Console& console_;

  // Guarded by mutex_.
  std::mutex mutex_;
  std::string prompt_;
  LineEditor editor_;
};

}  // namespace parley::cli
