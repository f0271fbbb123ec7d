#include "services/common/text.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace parley {
namespace {

using std::string_literals::operator""s;

struct Utf8Case {
  const char* what;
  std::string bytes;
};

const std::vector<Utf8Case> kValid = {
    {"empty", ""},
    {"ASCII", "hello"},
    {"NUL", "a\0b"s},
    {"first and last of two bytes", "\xC2\x80\xDF\xBF"},
    {"first and last of three bytes", "\xE0\xA0\x80\xEF\xBF\xBF"},
    {"around the surrogates", "\xED\x9F\xBF\xEE\x80\x80"},
    {"first and last of four bytes", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"},
    {"emoji with joiner", "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB"},
    {"right to left", "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D"},
};

const std::vector<Utf8Case> kInvalid = {
    {"lone continuation", "\x80"},
    {"continuation after ASCII", "a\xBF"},
    {"cut after one of two", "\xC3"},
    {"cut after two of three", "\xE2\x82"},
    {"cut after three of four", "\xF0\x9F\x98"},
    {"lead in place of continuation", "\xE2\xC3\xA9"},
    {"ASCII in place of continuation", "\xF0\x9F\x98z"},
    {"overlong of two", "\xC0\xAF"},
    {"overlong of two, last", "\xC1\xBF"},
    {"overlong of three", "\xE0\x9F\xBF"},
    {"overlong of four", "\xF0\x8F\xBF\xBF"},
    {"overlong NUL, as Java writes it", "\xC0\x80"},
    {"first surrogate", "\xED\xA0\x80"},
    {"last surrogate", "\xED\xBF\xBF"},
    {"beyond U+10FFFF", "\xF4\x90\x80\x80"},
    {"lead F5", "\xF5\x80\x80\x80"},
    {"five bytes", "\xF8\x88\x80\x80\x80"},
    {"FE", "\xFE"},
    {"FF", "\xFF"},
    {"Latin-1", "caf\xE9"},
    {"UTF-16 with mark",
     "\xFF\xFE"
     "a\0"s},
};

TEST(Utf8Test, AcceptsEveryLengthAndBorder) {
  for (const Utf8Case& valid : kValid) EXPECT_TRUE(IsUtf8(valid.bytes)) << valid.what;
}

TEST(Utf8Test, RefusesWhatIsNotUtf8) {
  for (const Utf8Case& invalid : kInvalid) {
    EXPECT_FALSE(IsUtf8(invalid.bytes)) << invalid.what;
    EXPECT_FALSE(IsUtf8("before " + invalid.bytes)) << invalid.what;
    EXPECT_FALSE(IsUtf8(invalid.bytes + " after")) << invalid.what;
  }
}

TEST(Utf8Test, LeavesTheTextAsItWasWhenThereIsNoCodePoint) {
  for (const Utf8Case& invalid : kInvalid) {
    std::string_view text = invalid.bytes;
    while (!text.empty()) {
      const std::string_view before = text;
      if (TakeCodePoint(text)) continue;
      EXPECT_EQ(text, before) << invalid.what;
      break;
    }
  }
}

TEST(Utf8Test, TakesCodePointsOneByOne) {
  std::string_view text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
  EXPECT_EQ(TakeCodePoint(text), U'a');
  EXPECT_EQ(TakeCodePoint(text), U'\u00e9');
  EXPECT_EQ(TakeCodePoint(text), U'\u20ac');
  EXPECT_EQ(TakeCodePoint(text), U'\U0001f600');
  EXPECT_TRUE(text.empty());
}

TEST(NameTest, IsOneToItsLimitInBytesNotInCharacters) {
  EXPECT_FALSE(IsName("", 8));
  EXPECT_TRUE(IsName("a", 8));
  EXPECT_TRUE(IsName("12345678", 8));
  EXPECT_FALSE(IsName("123456789", 8));
  EXPECT_TRUE(IsName("\xF0\x9F\x98\x80\xF0\x9F\x98\x80", 8));
  EXPECT_FALSE(IsName("\xF0\x9F\x98\x80\xF0\x9F\x98\x80x", 8));
}

TEST(NameTest, HasNoControlCharacters) {
  for (int c = 0; c < 0x20; ++c) {
    EXPECT_FALSE(IsName("a"s + static_cast<char>(c) + "b", 8)) << c;
  }
  EXPECT_FALSE(IsName("\x7F", 8));
  for (int c = 0x80; c <= 0x9F; ++c) {
    EXPECT_FALSE(IsName("\xC2"s + static_cast<char>(c), 8)) << c;
  }
  EXPECT_TRUE(IsName(" ", 8));
  EXPECT_TRUE(IsName("~", 8));
  EXPECT_TRUE(IsName("\xC2\xA0", 8)) << "the first after C1";
  EXPECT_TRUE(IsName("../", 8)) << "names are not paths";
}

TEST(NameTest, IsUtf8) {
  for (const Utf8Case& invalid : kInvalid) EXPECT_FALSE(IsName(invalid.bytes, 64)) << invalid.what;
}

TEST(ContentTest, MayHaveLinesButNoNul) {
  EXPECT_TRUE(IsContent("two\nlines\twith a tab"));
  EXPECT_FALSE(IsContent(""));
  EXPECT_FALSE(IsContent("a\0b"s));
  for (const Utf8Case& invalid : kInvalid) EXPECT_FALSE(IsContent(invalid.bytes)) << invalid.what;
}

}  // namespace
}  // namespace parley
