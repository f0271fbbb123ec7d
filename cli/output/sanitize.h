#pragma once

#include <string>
#include <string_view>

namespace parley::cli {

// Text from others, made safe for a terminal and for programs that read lines: one line of valid
// UTF-8 that moves no cursor, changes no colour and turns no writing direction. Control characters
// become their pictures (␛, ␊), what else could deceive becomes U+FFFD.
[[nodiscard]] std::string ForTerminal(std::string_view text);

// Appends a code point in UTF-8.
void AppendUtf8(std::string& text, char32_t code_point);

}  // namespace parley::cli
