#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace parley {

inline constexpr std::size_t kChannelBytesMax = 128;
inline constexpr std::size_t kUserBytesMax = 64;
inline constexpr std::size_t kSessionBytesMax = 64;
inline constexpr std::size_t kMessageIdBytesMax = 64;
inline constexpr std::size_t kHeadersMax = 16;
inline constexpr std::size_t kHeaderNameBytesMax = 128;
inline constexpr std::size_t kHeaderValueBytesMax = 1024;
inline constexpr std::size_t kContentBytesMaxDefault = 16 * 1024;
// Names that begin with it are personal channels: see personal_channel.h.
inline constexpr char kPersonalChannelMark = '@';

// Takes one code point off the front of `text`, which is not empty. Nothing, and `text` as it was,
// when it does not begin with UTF-8: overlong forms, surrogates and values above U+10FFFF are not.
[[nodiscard]] std::optional<char32_t> TakeCodePoint(std::string_view& text);

// C0, DEL and C1.
[[nodiscard]] bool IsControl(char32_t code_point);

[[nodiscard]] bool IsUtf8(std::string_view text);

// 1 to `bytes_max` bytes of UTF-8 without control characters.
[[nodiscard]] bool IsName(std::string_view text, std::size_t bytes_max);

// UTF-8 without NUL, and not empty. The length is the caller's to judge.
[[nodiscard]] bool IsContent(std::string_view text);

}  // namespace parley
