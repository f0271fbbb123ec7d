#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "services/common/ids.h"

namespace parley {

// When the log was created, in milliseconds since 1970. Positions of different epochs have nothing
// to do with each other.
using LogEpoch = std::int64_t;

// What every process must know of the log before it is ready; read from the topic `parley-meta`.
struct LogInfo {
  LogEpoch epoch = 0;
  Partition partitions = 0;
  std::int64_t dedupe_window_ms = 0;
};

// A place in the log. Offset -1 is "before everything".
struct Position {
  LogEpoch epoch = 0;
  Partition partition = 0;
  Offset offset = -1;

  friend bool operator==(const Position&, const Position&) = default;
};

// A position as clients see it: 32 printable characters that, within a channel, sort as the log
// does. It carries a check of the channel's name, so that a token of another channel is noticed; it
// is not signed and grants nothing.
std::string EncodeToken(const Position& position, const ChannelName& channel);

struct DecodedToken {
  Position position;
  std::uint32_t channel_check = 0;
};

// Nothing when the text is not a token at all. The caller compares `channel_check` with
// `ChannelCheck`.
[[nodiscard]] std::optional<DecodedToken> DecodeToken(std::string_view token);

[[nodiscard]] std::uint32_t ChannelCheck(const ChannelName& channel);

// The partition that gateways produce a channel to, as Java's default partitioner would choose it.
[[nodiscard]] Partition PartitionOf(const ChannelName& channel, Partition partitions);

}  // namespace parley
