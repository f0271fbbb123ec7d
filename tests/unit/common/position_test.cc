#include "services/common/position.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/common/murmur2.h"

namespace parley {
namespace {

using testing::Each;
using testing::Gt;

const ChannelName kGeneral("general");

// Offsets, partitions and epochs where carries and signs go wrong.
std::vector<Position> Extremes() {
  std::vector<Position> positions;
  for (const LogEpoch epoch :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{1'714'557'600'000}, INT64_MAX}) {
    for (const Partition partition : {0, 1, 255, 256, INT32_MAX}) {
      for (const Offset offset : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{62},
                                  std::int64_t{63}, std::int64_t{1} << 32, INT64_MAX - 1}) {
        positions.push_back({epoch, partition, offset});
      }
    }
  }
  return positions;
}

Position RandomPosition(std::mt19937_64& random) {
  const auto bits = [&] { return random() >> (1 + random() % 63); };  // Of any magnitude.
  return {static_cast<LogEpoch>(bits()), static_cast<Partition>(bits() & INT32_MAX),
          std::min(static_cast<Offset>(bits()), INT64_MAX - 1)};
}

auto InLogOrder(const Position& position) {
  return std::tuple(position.epoch, position.partition, position.offset);
}

TEST(TokenTest, DecodesToWhatWasEncoded) {
  for (const Position& position : Extremes()) {
    const auto decoded = DecodeToken(EncodeToken(position, kGeneral));
    ASSERT_TRUE(decoded.has_value()) << position.epoch << ' ' << position.offset;
    EXPECT_EQ(decoded->position, position);
    EXPECT_EQ(decoded->channel_check, ChannelCheck(kGeneral));
  }
}

TEST(TokenTest, IsThirtyTwoPrintableCharacters) {
  for (const Position& position : Extremes()) {
    const std::string token = EncodeToken(position, ChannelName("\xF0\x9F\x98\x80"));
    EXPECT_EQ(token.size(), 32u);
    EXPECT_THAT(token, Each(Gt(' ')));
    EXPECT_EQ(token.find_first_of("+/=%&\"'"), std::string::npos) << "needs escaping in a URL";
  }
}

TEST(TokenTest, SortsAsTheLogDoes) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::vector<Position> positions = Extremes();
  for (int i = 0; i < 300; ++i) positions.push_back(RandomPosition(random));

  for (const Position& a : positions) {
    for (const Position& b : positions) {
      ASSERT_EQ(EncodeToken(a, kGeneral) < EncodeToken(b, kGeneral), InLogOrder(a) < InLogOrder(b))
          << a.epoch << '/' << a.partition << '/' << a.offset << " and " << b.epoch << '/'
          << b.partition << '/' << b.offset;
    }
  }
}

TEST(TokenTest, RefusesWhatIsNoToken) {
  const std::string good = EncodeToken({1, 2, 3}, kGeneral);
  EXPECT_FALSE(DecodeToken(""));
  EXPECT_FALSE(DecodeToken(good.substr(1)));
  EXPECT_FALSE(DecodeToken(good + "0"));
  for (const char wrong : {'\0', ' ', '+', '/', '=', '~', '\x80', '\xff'}) {
    for (std::size_t i = 0; i < good.size(); ++i) {
      std::string token = good;
      token[i] = wrong;
      EXPECT_FALSE(DecodeToken(token)) << i;
    }
  }
}

TEST(TokenTest, RefusesNumbersThatNoLogHas) {
  const std::string largest(32, 'z');  // All bits set: negative epoch, partition and offset.
  EXPECT_FALSE(DecodeToken(largest));
  const std::string zero(32, '-');
  ASSERT_TRUE(DecodeToken(zero));
  EXPECT_EQ(DecodeToken(zero)->position, (Position{0, 0, -1}));
  for (const std::size_t sign : {0u, 10u, 16u}) {  // The digits that hold the three sign bits.
    std::string token = zero;
    token[sign] = 'z';
    EXPECT_FALSE(DecodeToken(token)) << sign;
  }
}

TEST(TokenTest, OffsetThatNoLogHasDoesNotDecode) {
  EXPECT_FALSE(DecodeToken(EncodeToken({0, 0, INT64_MAX}, kGeneral)));
}

TEST(TokenTest, EveryTokenThatDecodesIsTheOnlyOneForItsPosition) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  constexpr std::string_view kDigits =
      "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
  for (int i = 0; i < 2'000; ++i) {
    std::string token = EncodeToken(RandomPosition(random), kGeneral);
    token[random() % 26] = kDigits[random() % kDigits.size()];  // Before the channel's check.
    if (const auto decoded = DecodeToken(token)) {
      ASSERT_EQ(EncodeToken(decoded->position, kGeneral).substr(0, 26), token.substr(0, 26));
    }
  }
}

TEST(TokenTest, TellsChannelsApart) {
  const auto decoded = DecodeToken(EncodeToken({1, 2, 3}, kGeneral));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->channel_check, ChannelCheck(kGeneral));
  for (const char* other : {"General", "general ", "genera", "random", ""}) {
    EXPECT_NE(decoded->channel_check, ChannelCheck(ChannelName(other))) << other;
  }
}

// The vectors of Kafka's own test of its Java client.
TEST(Murmur2Test, HashesAsJavaClientsDo) {
  const auto java = [](std::string_view data) { return static_cast<std::int32_t>(Murmur2(data)); };
  EXPECT_EQ(java("21"), -973932308);
  EXPECT_EQ(java("foobar"), -790332482);
  EXPECT_EQ(java("a-little-bit-long-string"), -985981536);
  EXPECT_EQ(java("a-little-bit-longer-string"), -1486304829);
  EXPECT_EQ(java("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971);
  EXPECT_EQ(java("abc"), 479470107);
}

TEST(Murmur2Test, BytesAreUnsigned) {
  // Java hashes the bytes of UTF-8, masking each with 0xff.
  EXPECT_NE(Murmur2("\xc3\xa9"), Murmur2("\x43\x29"));
  EXPECT_NE(Murmur2(std::string_view("\0", 1)), Murmur2(""));
}

TEST(PartitionOfTest, ChoosesAsJavaClientsDo) {
  // (murmur2 & 0x7fffffff) % partitions, worked out from the vectors above.
  EXPECT_EQ(PartitionOf(ChannelName("abc"), 32), 479470107 % 32);
  EXPECT_EQ(PartitionOf(ChannelName("21"), 32), (-973932308 & 0x7fffffff) % 32);
  EXPECT_EQ(PartitionOf(ChannelName("foobar"), 7), (-790332482 & 0x7fffffff) % 7);
}

TEST(PartitionOfTest, StaysWithinTheLog) {
  for (const Partition partitions : {1, 2, 3, 8, 32, 1024}) {
    for (int i = 0; i < 200; ++i) {
      const Partition partition = PartitionOf(ChannelName("room-" + std::to_string(i)), partitions);
      EXPECT_GE(partition, 0);
      EXPECT_LT(partition, partitions);
    }
  }
}

}  // namespace
}  // namespace parley
