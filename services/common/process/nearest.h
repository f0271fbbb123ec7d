#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace parley::process {

// How many letters must be put in, taken out, replaced or swapped with their neighbour to make one
// of the other.
[[nodiscard]] std::size_t EditDistance(std::string_view a, std::string_view b);

// The name with the least distance from `wanted`; the first of several. Empty when there are no
// names.
[[nodiscard]] std::string Nearest(std::string_view wanted, const std::vector<std::string>& names);

}  // namespace parley::process
