#include "cli/chat/input_view.h"

#include <wchar.h>

#include <deque>
#include <optional>

#include "cli/output/sanitize.h"
#include "services/common/text.h"

namespace parley::cli {
namespace {

std::size_t WidthOf(char32_t code_point) {
  const int width = wcwidth(static_cast<wchar_t>(code_point));
  return width < 0 ? 1 : static_cast<std::size_t>(width);
}

// Takes the first code point of valid UTF-8.
char32_t Take(std::string_view& text) {
  const std::optional<char32_t> code_point = TakeCodePoint(text);
  if (!code_point) text.remove_prefix(1);
  return code_point.value_or(U'\ufffd');
}

}  // namespace

std::size_t ColumnsOf(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) columns += WidthOf(Take(text));
  return columns;
}

InputView ViewOf(std::string_view text, std::size_t cursor, std::size_t columns) {
  const std::string before_cursor = ForTerminal(text.substr(0, cursor));
  const std::string behind_cursor = ForTerminal(text.substr(cursor));

  std::string_view before = before_cursor;
  std::size_t before_columns = ColumnsOf(before);
  while (before_columns > columns) before_columns -= WidthOf(Take(before));

  InputView view{.text = std::string(before)};
  std::string_view behind = behind_cursor;
  while (!behind.empty()) {
    const char32_t code_point = Take(behind);
    const std::size_t width = WidthOf(code_point);
    if (before_columns + view.columns_behind_cursor + width > columns) break;
    AppendUtf8(view.text, code_point);
    view.columns_behind_cursor += width;
  }
  return view;
}

}  // namespace parley::cli
