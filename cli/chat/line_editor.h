#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace parley::cli {

// The line that somebody types, from the bytes that a terminal sends: UTF-8, arrows, Home and End,
// Delete, Ctrl-A E B F K U W, Up and Down through what was sent before. Pure; the screen draws it.
class LineEditor final {
 public:
  static constexpr std::size_t kLineBytesMax = std::size_t{64} * 1024;
  static constexpr std::size_t kRememberedLinesMax = 100;

  struct Outcome {
    std::vector<std::string> lines;  // Ended with Enter.
    bool is_over = false;            // Ctrl-C, or Ctrl-D on an empty line.
  };
  Outcome Feed(std::string_view bytes);

  const std::string& text() const { return text_; }
  std::size_t cursor() const { return cursor_; }  // In bytes; between code points.

 private:
  enum class Expecting { kAnything, kEscape, kSequence, kSingleShift };

  void FeedByte(char byte, Outcome& outcome);
  void OnControl(char byte, Outcome& outcome);
  void OnSequence(char final);
  void OnText(char byte);
  void Insert(char32_t code_point);

  void Enter(Outcome& outcome);
  void MoveLeft();
  void MoveRight();
  void EraseBack();
  void EraseForward();
  void EraseWord();
  void Recall(bool older);

  std::string text_;
  std::size_t cursor_ = 0;
  Expecting expecting_ = Expecting::kAnything;
  std::string parameters_;               // Of the escape sequence that is being read.
  std::string partial_;                  // The first bytes of a code point.
  std::vector<std::string> remembered_;  // Oldest first.
  std::size_t recalled_ = 0;  // Which one is shown; remembered_.size(): none, a new line.
};

}  // namespace parley::cli
