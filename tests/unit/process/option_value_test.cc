#include "services/common/process/option_value.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::process {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(OptionValueTest, TimesHaveUnits) {
  EXPECT_EQ(ParseTime("250ms"), 250ms);
  EXPECT_EQ(ParseTime("5s"), 5s);
  EXPECT_EQ(ParseTime("2m"), 2min);
  EXPECT_EQ(ParseTime("1h"), 1h);
  EXPECT_EQ(ParseTime("0"), 0ms);
  for (const char* wrong : {"", "5", "s", "-5s", "+5s", "5 s", "1.5s", "5S", "5sec", "1m30s", " 5s",
                            "5s ", "9223372036854775807s", "99999999999999999999ms"}) {
    EXPECT_FALSE(ParseTime(wrong)) << wrong;
  }
}

TEST(OptionValueTest, SizesHaveBinaryUnits) {
  EXPECT_EQ(ParseSize("512B"), 512u);
  EXPECT_EQ(ParseSize("64KiB"), 65'536u);
  EXPECT_EQ(ParseSize("1MiB"), 1'048'576u);
  EXPECT_EQ(ParseSize("3GiB"), std::size_t{3} << 30);
  EXPECT_EQ(ParseSize("0"), 0u);
  for (const char* wrong : {"", "64", "64KB", "64kib", "-1B", "1.5MiB", "9223372036854775807KiB"}) {
    EXPECT_FALSE(ParseSize(wrong)) << wrong;
  }
}

TEST(OptionValueTest, NumbersAreWhole) {
  EXPECT_EQ(ParseNumber("-12"), -12);
  for (const char* wrong : {"", "12x", "0x10", "1.0", "1e3", " 1", "2147483648"}) {
    EXPECT_FALSE(ParseNumber(wrong)) << wrong;
  }
}

TEST(OptionValueTest, FlagsAreSaidInFourWays) {
  for (const char* yes : {"true", "yes", "on", "1"}) EXPECT_EQ(ParseFlag(yes), true) << yes;
  for (const char* no : {"false", "no", "off", "0"}) EXPECT_EQ(ParseFlag(no), false) << no;
  for (const char* wrong : {"", "TRUE", "y", "2"})
    EXPECT_FALSE(ParseFlag(wrong).has_value()) << wrong;
}

TEST(OptionValueTest, ListsHaveCommas) {
  EXPECT_THAT(ParseList("a, b ,,c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(ParseList(" , "), IsEmpty());
  EXPECT_THAT(ParseList(""), IsEmpty());
}

TEST(OptionValueTest, ValuesAreWrittenInTheLargestUnitThatFits) {
  EXPECT_EQ(FormatTime(0ms), "0ms");
  EXPECT_EQ(FormatTime(90s), "90s");
  EXPECT_EQ(FormatTime(120s), "2m");
  EXPECT_EQ(FormatTime(24h), "24h");
  EXPECT_EQ(FormatSize(0), "0B");
  EXPECT_EQ(FormatSize(1000), "1000B");
  EXPECT_EQ(FormatSize(64 * 1024), "64KiB");
}

TEST(OptionValueTest, WhatIsWrittenIsRead) {
  for (const std::int64_t value :
       {0L, 1L, 999L, 1000L, 1001L, 60'000L, 61'000L, 3'600'000L, 123'456'789L}) {
    EXPECT_EQ(ParseTime(FormatTime(std::chrono::milliseconds(value))),
              std::chrono::milliseconds(value));
    const auto size = static_cast<std::size_t>(value);
    EXPECT_EQ(ParseSize(FormatSize(size)), size);
  }
  const std::vector<std::string> list = {"a", "b:1"};
  EXPECT_EQ(ParseList(FormatList(list)), list);
}

}  // namespace
}  // namespace parley::process
