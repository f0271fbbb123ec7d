#include "services/common/position.h"

#include <array>

#include "services/common/murmur2.h"

namespace parley {
namespace {

// Base64 whose digits ascend in ASCII, so that encoded big-endian numbers sort as the numbers do.
constexpr std::string_view kDigits =
    "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kTokenBytes = 24;
constexpr std::size_t kTokenDigits = 32;

using RawToken = std::array<std::uint8_t, kTokenBytes>;

template <class Number>
void PutBigEndian(Number number, std::uint8_t* out) {
  for (std::size_t i = sizeof(Number); i-- > 0;) {
    out[i] = static_cast<std::uint8_t>(number);
    number = static_cast<Number>(number >> 8);
  }
}

template <class Number>
Number GetBigEndian(const std::uint8_t* in) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    number = static_cast<Number>(number << 8) | in[i];
  }
  return number;
}

int DigitValue(char digit) {
  const std::size_t found = kDigits.find(digit);
  return found == std::string_view::npos ? -1 : static_cast<int>(found);
}

}  // namespace

std::string EncodeToken(const Position& position, const ChannelName& channel) {
  RawToken raw;
  PutBigEndian(static_cast<std::uint64_t>(position.epoch), raw.data());
  PutBigEndian(static_cast<std::uint32_t>(position.partition), raw.data() + 8);
  PutBigEndian(static_cast<std::uint64_t>(position.offset) + 1, raw.data() + 12);
  PutBigEndian(ChannelCheck(channel), raw.data() + 20);

  std::string token(kTokenDigits, '-');
  for (std::size_t group = 0; group < kTokenBytes / 3; ++group) {
    const std::uint32_t bits = raw[group * 3] << 16 | raw[group * 3 + 1] << 8 | raw[group * 3 + 2];
    for (std::size_t digit = 0; digit < 4; ++digit) {
      token[group * 4 + digit] = kDigits[bits >> (18 - 6 * digit) & 0x3f];
    }
  }
  return token;
}

std::optional<DecodedToken> DecodeToken(std::string_view token) {
  if (token.size() != kTokenDigits) return std::nullopt;
  RawToken raw;
  for (std::size_t group = 0; group < kTokenBytes / 3; ++group) {
    std::uint32_t bits = 0;
    for (std::size_t digit = 0; digit < 4; ++digit) {
      const int value = DigitValue(token[group * 4 + digit]);
      if (value < 0) return std::nullopt;
      bits = bits << 6 | static_cast<std::uint32_t>(value);
    }
    raw[group * 3] = static_cast<std::uint8_t>(bits >> 16);
    raw[group * 3 + 1] = static_cast<std::uint8_t>(bits >> 8);
    raw[group * 3 + 2] = static_cast<std::uint8_t>(bits);
  }
  const auto epoch = GetBigEndian<std::uint64_t>(raw.data());
  const auto partition = GetBigEndian<std::uint32_t>(raw.data() + 8);
  const auto offset_plus_one = GetBigEndian<std::uint64_t>(raw.data() + 12);
  constexpr auto kLargest = static_cast<std::uint64_t>(INT64_MAX);
  if (epoch > kLargest || offset_plus_one > kLargest || partition > INT32_MAX) return std::nullopt;

  DecodedToken decoded;
  decoded.position = {static_cast<LogEpoch>(epoch), static_cast<Partition>(partition),
                      static_cast<Offset>(offset_plus_one) - 1};
  decoded.channel_check = GetBigEndian<std::uint32_t>(raw.data() + 20);
  return decoded;
}

std::uint32_t ChannelCheck(const ChannelName& channel) {
  // FNV-1a: not Murmur2, so that channels of one partition do not agree in their checks' low bits.
  std::uint32_t hash = 2166136261u;
  for (const char c : channel.value()) {
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619u;
  }
  return hash;
}

Partition PartitionOf(const ChannelName& channel, Partition partitions) {
  const std::uint32_t positive = Murmur2(channel.value()) & 0x7fffffff;
  return static_cast<Partition>(positive % static_cast<std::uint32_t>(partitions));
}

}  // namespace parley
