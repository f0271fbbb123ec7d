#include "cli/output/sanitize.h"

#include <optional>

#include "services/common/text.h"

namespace parley::cli {
namespace {

constexpr char32_t kReplacement = 0xfffd;
constexpr char32_t kPictures = 0x2400;  // U+2400 … U+241F show U+0000 … U+001F.
constexpr char32_t kPictureOfDelete = 0x2421;

// Invisible characters that reorder, hide or break text.
bool Deceives(char32_t code_point) {
  const auto in = [code_point](char32_t first, char32_t last) {
    return code_point >= first && code_point <= last;
  };
  return in(0x200e, 0x200f) || in(0x2028, 0x202e) || in(0x2060, 0x206f) || in(0xfff9, 0xfffb) ||
         in(0xe0000, 0xe007f) || code_point == 0x061c || code_point == 0xfeff ||
         code_point == 0x200b;
}

char32_t Safe(char32_t code_point) {
  if (code_point == '\t') return ' ';
  if (code_point < 0x20) return kPictures + code_point;
  if (code_point == 0x7f) return kPictureOfDelete;
  return IsControl(code_point) || Deceives(code_point) ? kReplacement : code_point;
}

}  // namespace

void AppendUtf8(std::string& text, char32_t code_point) {
  const auto byte = [&text](char32_t value) { text += static_cast<char>(value); };
  if (code_point < 0x80) {
    byte(code_point);
  } else if (code_point < 0x800) {
    byte(0xc0 | code_point >> 6);
    byte(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    byte(0xe0 | code_point >> 12);
    byte(0x80 | (code_point >> 6 & 0x3f));
    byte(0x80 | (code_point & 0x3f));
  } else {
    byte(0xf0 | code_point >> 18);
    byte(0x80 | (code_point >> 12 & 0x3f));
    byte(0x80 | (code_point >> 6 & 0x3f));
    byte(0x80 | (code_point & 0x3f));
  }
}

std::string ForTerminal(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const std::optional<char32_t> code_point = TakeCodePoint(text);
    if (!code_point) text.remove_prefix(1);
    AppendUtf8(safe, Safe(code_point.value_or(kReplacement)));
  }
  return safe;
}

}  // namespace parley::cli
