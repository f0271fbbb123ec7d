#include "cli/chat/line_editor.h"

#include <algorithm>
#include <optional>

#include "services/common/text.h"

namespace parley::cli {
namespace {

constexpr char Control(char letter) { return static_cast<char>(letter - '@'); }

bool IsContinuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// The first bytes of a code point, and not all of it.
bool MayBecomeCodePoint(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes[0]);
  const std::size_t length = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return bytes.size() < length && lead <= 0xf4 &&
         std::ranges::all_of(bytes.substr(1), IsContinuation);
}

}  // namespace

LineEditor::Outcome LineEditor::Feed(std::string_view bytes) {
  Outcome outcome;
  for (const char byte : bytes) FeedByte(byte, outcome);
  return outcome;
}

void LineEditor::FeedByte(char byte, Outcome& outcome) {
  const auto value = static_cast<unsigned char>(byte);
  switch (expecting_) {
    case Expecting::kEscape:
      expecting_ = byte == '['   ? Expecting::kSequence
                   : byte == 'O' ? Expecting::kSingleShift
                                 : Expecting::kAnything;
      parameters_.clear();
      return;
    case Expecting::kSingleShift:
      expecting_ = Expecting::kAnything;
      return OnSequence(byte);
    case Expecting::kSequence:
      if (value >= 0x40 && value <= 0x7e) {
        expecting_ = Expecting::kAnything;
        OnSequence(byte);
      } else if (parameters_.size() < 16) {
        parameters_ += byte;
      }
      return;
    case Expecting::kAnything:
      if (value < 0x20 || value == 0x7f) return OnControl(byte, outcome);
      return OnText(byte);
  }
}

void LineEditor::OnControl(char byte, Outcome& outcome) {
  partial_.clear();
  switch (byte) {
    case '\r':
    case '\n':
      return Enter(outcome);
    case '\x1b':
      expecting_ = Expecting::kEscape;
      return;
    case '\x7f':
    case '\b':
      return EraseBack();
    case '\t':
      return OnText(' ');
    case Control('A'):
      cursor_ = 0;
      return;
    case Control('B'):
      return MoveLeft();
    case Control('C'):
      outcome.is_over = true;
      return;
    case Control('D'):
      if (text_.empty()) {
        outcome.is_over = true;
      } else {
        EraseForward();
      }
      return;
    case Control('E'):
      cursor_ = text_.size();
      return;
    case Control('F'):
      return MoveRight();
    case Control('K'):
      text_.resize(cursor_);
      return;
    case Control('N'):
      return Recall(/*older=*/false);
    case Control('P'):
      return Recall(/*older=*/true);
    case Control('U'):
      text_.erase(0, cursor_);
      cursor_ = 0;
      return;
    case Control('W'):
      return EraseWord();
    default:
      return;
  }
}

void LineEditor::OnSequence(char final) {
  switch (final) {
    case 'A':
      return Recall(/*older=*/true);
    case 'B':
      return Recall(/*older=*/false);
    case 'C':
      return MoveRight();
    case 'D':
      return MoveLeft();
    case 'H':
      cursor_ = 0;
      return;
    case 'F':
      cursor_ = text_.size();
      return;
    case '~':
      if (parameters_ == "1" || parameters_ == "7") cursor_ = 0;
      if (parameters_ == "4" || parameters_ == "8") cursor_ = text_.size();
      if (parameters_ == "3") EraseForward();
      return;
    default:
      return;
  }
}

void LineEditor::OnText(char byte) {
  partial_ += byte;
  while (!partial_.empty() && !MayBecomeCodePoint(partial_)) {
    std::string_view rest = partial_;
    const std::optional<char32_t> code_point = TakeCodePoint(rest);
    if (code_point) return Insert(*code_point);
    partial_.erase(0, 1);  // Not UTF-8; what follows may be.
  }
}

// `partial_` is the code point.
void LineEditor::Insert(char32_t code_point) {
  const bool fits = text_.size() + partial_.size() <= kLineBytesMax;
  if (fits && !IsControl(code_point)) {
    text_.insert(cursor_, partial_);
    cursor_ += partial_.size();
  }
  partial_.clear();
}

void LineEditor::Enter(Outcome& outcome) {
  if (!text_.empty() && (remembered_.empty() || remembered_.back() != text_)) {
    remembered_.push_back(text_);
    if (remembered_.size() > kRememberedLinesMax) remembered_.erase(remembered_.begin());
  }
  recalled_ = remembered_.size();
  outcome.lines.push_back(text_);
  text_.clear();
  cursor_ = 0;
}

void LineEditor::MoveLeft() {
  if (cursor_ == 0) return;
  do --cursor_;
  while (cursor_ > 0 && IsContinuation(text_[cursor_]));
}

void LineEditor::MoveRight() {
  if (cursor_ == text_.size()) return;
  do ++cursor_;
  while (cursor_ < text_.size() && IsContinuation(text_[cursor_]));
}

void LineEditor::EraseBack() {
  const std::size_t end = cursor_;
  MoveLeft();
  text_.erase(cursor_, end - cursor_);
}

void LineEditor::EraseForward() {
  const std::size_t start = cursor_;
  MoveRight();
  text_.erase(start, cursor_ - start);
  cursor_ = start;
}

void LineEditor::EraseWord() {
  const std::size_t end = cursor_;
  while (cursor_ > 0 && text_[cursor_ - 1] == ' ') --cursor_;
  while (cursor_ > 0 && text_[cursor_ - 1] != ' ') --cursor_;
  text_.erase(cursor_, end - cursor_);
}

void LineEditor::Recall(bool older) {
  if (older ? recalled_ == 0 : recalled_ == remembered_.size()) return;
  recalled_ += older ? -1 : 1;
  text_ = recalled_ < remembered_.size() ? remembered_[recalled_] : std::string();
  cursor_ = text_.size();
}

}  // namespace parley::cli
