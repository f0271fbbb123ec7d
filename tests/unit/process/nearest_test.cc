#include "services/common/process/nearest.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace parley::process {
namespace {

TEST(EditDistanceTest, CountsWhatATypistGetsWrong) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("level", "level"), 0u);
  EXPECT_EQ(EditDistance("levl", "level"), 1u) << "left out";
  EXPECT_EQ(EditDistance("levvel", "level"), 1u) << "put in";
  EXPECT_EQ(EditDistance("lebel", "level"), 1u) << "replaced";
  EXPECT_EQ(EditDistance("levle", "level"), 1u) << "swapped";
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
}

TEST(EditDistanceTest, IsTheSameBothWaysAndAtMostTheLongerLength) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto word = [&] {
    std::string letters(random() % 8, ' ');
    for (char& letter : letters) letter = static_cast<char>('a' + random() % 3);
    return letters;
  };
  for (int i = 0; i < 2'000; ++i) {
    const std::string a = word();
    const std::string b = word();
    ASSERT_EQ(EditDistance(a, b), EditDistance(b, a)) << a << ' ' << b;
    ASSERT_LE(EditDistance(a, b), std::max(a.size(), b.size())) << a << ' ' << b;
    ASSERT_EQ(EditDistance(a, b) == 0, a == b) << a << ' ' << b;
  }
}

TEST(NearestTest, AnAbbreviationIsNearerThanAnythingMistyped) {
  EXPECT_EQ(Nearest("loop", {"help", "loop-count-max", "loop-count"}), "loop-count");
}

TEST(NearestTest, IsTheOneWithTheLeastDistance) {
  EXPECT_EQ(Nearest("log-levle", {"log-format", "log-level", "level"}), "log-level");
  EXPECT_EQ(Nearest("x", {}), "");
}

}  // namespace
}  // namespace parley::process
