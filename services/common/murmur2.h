#pragma once

#include <cstdint>
#include <string_view>

namespace parley {

// The hash that Java's Kafka clients choose partitions with. Java's result is the same bits as a
// signed number.
[[nodiscard]] std::uint32_t Murmur2(std::string_view data);

}  // namespace parley
