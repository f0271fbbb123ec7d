#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace parley::cli {

// How many columns a terminal gives the text; safe text only.
[[nodiscard]] std::size_t ColumnsOf(std::string_view text);

// The part of a line that is shown when there are only so many columns: one that holds the cursor.
struct InputView {
  std::string text;
  std::size_t columns_behind_cursor = 0;  // From the cursor to the end of `text`.
};
[[nodiscard]] InputView ViewOf(std::string_view text, std::size_t cursor, std::size_t columns);

}  // namespace parley::cli
