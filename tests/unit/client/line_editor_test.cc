#include "cli/chat/line_editor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <clocale>
#include <random>
#include <string>

#include "cli/chat/input_view.h"
#include "services/common/text.h"

namespace parley::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string Typed(const std::string& bytes) {
  LineEditor editor;
  (void)editor.Feed(bytes);
  return editor.text();
}

TEST(LineEditorTest, EnterEndsALine) {
  LineEditor editor;
  EXPECT_THAT(editor.Feed("hel").lines, IsEmpty());
  EXPECT_THAT(editor.Feed("lo\rnext\nrest").lines, ElementsAre("hello", "next"));
  EXPECT_EQ(editor.text(), "rest");
}

TEST(LineEditorTest, KeysEditTheLine) {
  const struct {
    const char* keys;
    const char* text;
  } cases[] = {
      {"abc\x7f", "ab"},
      {"abc\x1b[D\x1b[DX", "aXbc"},
      {"abc\x1b[HX\x1b[FY", "XabcY"},
      {"abc\x1bOHX", "Xabc"},
      {"abc\x01\x1b[3~", "bc"},
      {"one two \x17", "one "},
      {"one two\x1b[D\x15", "o"},
      {"one\x1b[D\x0b", "on"},
      {"grün\x1b[D\x7f", "grn"},
      {"a🎉\x7f\x7f\x7f", ""},
      {"a\tb", "a b"},
      {"a\x1b[1;5Cb\x1b[99~c", "abc"},
      {"\x1b[D\x1b[C\x1b[3~\x7f\x17\x15", ""},
      {"\xff\xfe\xc3\x28\x9f x", "( x"},
  };
  for (const auto& each : cases) EXPECT_EQ(Typed(each.keys), each.text) << each.keys;
}

TEST(LineEditorTest, ACharacterMayComeInPieces) {
  LineEditor editor;
  (void)editor.Feed("\xf0\x9f");
  EXPECT_EQ(editor.text(), "");
  (void)editor.Feed("\x8e\x89");
  EXPECT_EQ(editor.text(), "🎉");
}

TEST(LineEditorTest, ControlCIsOverAndControlDOnAnEmptyLine) {
  EXPECT_TRUE(LineEditor().Feed("abc\x03").is_over);
  EXPECT_TRUE(LineEditor().Feed("\x04").is_over);
  EXPECT_FALSE(LineEditor().Feed("abc\x04").is_over);
}

TEST(LineEditorTest, UpAndDownGoThroughWhatWasSent) {
  LineEditor editor;
  (void)editor.Feed("one\rtwo\r\x1b[A");
  EXPECT_EQ(editor.text(), "two");
  (void)editor.Feed("\x1b[A\x1b[A");
  EXPECT_EQ(editor.text(), "one");
  (void)editor.Feed("\x1b[B\x1b[B\x1b[B");
  EXPECT_EQ(editor.text(), "");
}

TEST(LineEditorTest, ALineHasALimit) {
  EXPECT_EQ(Typed(std::string(LineEditor::kLineBytesMax + 10, 'x')).size(),
            LineEditor::kLineBytesMax);
}

TEST(LineEditorTest, TheLineStaysValidWhateverIsTyped) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string likely = "\x1b[ABCDH3~\x7f\x17\x15\x0b\x01\x05\xc3\xbc\xf0\x9f\x8e\x89 ab";
  LineEditor editor;
  for (int step = 0; step < 50'000; ++step) {
    const char byte =
        random() % 8 == 0 ? static_cast<char>(random()) : likely[random() % likely.size()];
    (void)editor.Feed({&byte, 1});
    const std::string& text = editor.text();
    ASSERT_TRUE(IsUtf8(text));
    ASSERT_LE(editor.cursor(), text.size());
    ASSERT_TRUE(IsUtf8(text.substr(0, editor.cursor())));
  }
}

TEST(InputViewTest, TheCursorIsAlwaysInView) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  const std::string text = "0123456789漢字漢字";
  EXPECT_EQ(ViewOf(text, 0, 5).text, "01234");
  EXPECT_EQ(ViewOf(text, 0, 5).columns_behind_cursor, 5U);
  EXPECT_EQ(ViewOf(text, 10, 5).text, "56789");
  EXPECT_EQ(ViewOf(text, 10, 5).columns_behind_cursor, 0U);
  EXPECT_EQ(ViewOf(text, text.size(), 5).text, "漢字");
  EXPECT_EQ(ViewOf(text, text.size(), 80).text, text);
}

TEST(InputViewTest, WideCharactersTakeTwoColumns) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  EXPECT_EQ(ColumnsOf("a漢🎉"), 5U);
}

}  // namespace
}  // namespace parley::cli
