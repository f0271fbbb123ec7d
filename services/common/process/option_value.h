#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::process {

// The values of options as people write them. A parser returns nothing for what is not such a
// value; a formatter writes what its parser reads.

[[nodiscard]] std::optional<bool> ParseFlag(std::string_view text);  // true false yes no on off 1 0

[[nodiscard]] std::optional<int> ParseNumber(std::string_view text);
[[nodiscard]] std::optional<std::size_t> ParseCount(std::string_view text);

[[nodiscard]] std::optional<std::size_t> ParseSize(std::string_view text);  // 512B 64KiB 1MiB 2GiB
[[nodiscard]] std::string FormatSize(std::size_t bytes);

[[nodiscard]] std::optional<std::chrono::milliseconds> ParseTime(
    std::string_view text);  // 250ms 5s 2m 1h
[[nodiscard]] std::string FormatTime(std::chrono::milliseconds time);

[[nodiscard]] std::vector<std::string> ParseList(
    std::string_view text);  // Commas between; blanks around are dropped.
[[nodiscard]] std::string FormatList(const std::vector<std::string>& list);

[[nodiscard]] std::string_view Trim(std::string_view text);

}  // namespace parley::process
