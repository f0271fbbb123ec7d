#pragma once

#include <string>
#include <string_view>

namespace parley::cli {

enum class Colour { kNone, kDim, kRed, kGreen, kYellow, kBlue, kMagenta, kCyan };

// The program's stdout and stderr. A line goes out in one write as soon as it is there, so that a
// reader of a pipe gets it at once and lines of two threads do not mix. When stdout cannot be
// written the process ends: nobody is left to tell.
//
// Text of others must have passed `ForTerminal`.
class Console final {
 public:
  Console();  // Looks at the descriptors and at NO_COLOR and TERM.

  bool out_is_terminal() const { return out_is_terminal_; }
  bool has_colour() const { return has_colour_; }

  void Line(std::string_view line) const;
  void Write(std::string_view text) const;  // As it is.
  // To stderr. `Complain` is for what went wrong: "parley: …".
  void Note(std::string_view line) const;
  void Complain(std::string_view message) const;

  // The text in a colour, or as it is where there are none.
  [[nodiscard]] std::string Paint(Colour colour, std::string_view text) const;

 private:
  bool out_is_terminal_;
  bool has_colour_;
};

}  // namespace parley::cli
