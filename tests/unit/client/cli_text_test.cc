#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "cli/output/json_lines.h"
#include "cli/output/message_text.h"
#include "cli/output/sanitize.h"
#include "cli/output/time_text.h"
#include "services/common/text.h"

namespace parley::cli {
namespace {

using Json = nlohmann::json;

TEST(SanitizeTest, WhatCouldActOnATerminalIsShownInstead) {
  const struct {
    std::string hostile;
    std::string safe;
  } cases[] = {
      {"plain, grün, 漢字, 🎉", "plain, grün, 漢字, 🎉"},
      {"\x1b[31mred\x1b[0m", "␛[31mred␛[0m"},
      {"\x1b]0;title\x07", "␛]0;title␇"},
      {"a\rb\nc\td", "a␍b␊c d"},
      {"\x7f", "␡"},
      {std::string("a\0b", 3), "a␀b"},
      {"\xc2\x9b"
       "31m",
       "\ufffd31m"},  // CSI as one C1 character.
      {"\xe2\x80\xae"
       "drawkcab",
       "\ufffd"
       "drawkcab"},  // Right-to-left override.
      {"\xe2\x81\xa6"
       "isolate",
       "\ufffd"
       "isolate"},
      {"\xe2\x80\xa8", "\ufffd"},              // Line separator.
      {"\xf3\xa0\x81\x81", "\ufffd"},          // A tag character.
      {"\xff\xfe", "\ufffd\ufffd"},            // Not UTF-8.
      {"\xc0\x9b", "\ufffd\ufffd"},            // An overlong ESC.
      {"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},  // A surrogate.
      {"cut \xf0\x9f\x8e", "cut \ufffd\ufffd\ufffd"},
      {"", ""},
  };
  for (const auto& each : cases) EXPECT_EQ(ForTerminal(each.hostile), each.safe);
}

TEST(SanitizeTest, NothingHostileComesThroughWhateverComesIn) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string likely = "\x1b[]\r\n\t\x7f\xc2\x9b\xe2\x80\xae\xed\xa0\xf0\x9f;m\x07x";
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 32, '\0');
    for (char& byte : text) {
      byte = random() % 2 == 0 ? likely[random() % likely.size()] : static_cast<char>(random());
    }
    const std::string safe = ForTerminal(text);
    ASSERT_TRUE(IsUtf8(safe));
    std::string_view rest = safe;
    while (!rest.empty()) {
      const auto code_point = TakeCodePoint(rest);
      ASSERT_TRUE(code_point);
      ASSERT_FALSE(IsControl(*code_point));
      ASSERT_FALSE(*code_point >= 0x2028 && *code_point <= 0x202e);
    }
    ASSERT_EQ(ForTerminal(safe), safe);
  }
}

client::Message HostileMessage() {
  client::Message message;
  message.channel = ChannelName("gen\"eral");
  message.id = MessageId("id");
  message.sender = UserId("eve\xe2\x80\xae");
  message.content = "one\n<alice> forged \x1b[2J\xc2\x9b \xff 🎉";
  message.time_ms = 1'700'000'000'123;
  message.position = client::PositionToken("p2");
  message.headers = {{"colour", "green"}};
  return message;
}

TEST(MessageTextTest, APlainMessageIsOneLine) {
  const std::string line = PlainLine(HostileMessage());
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_TRUE(line.starts_with("<eve\ufffd> one␊<alice> forged"));
}

TEST(MessageTextTest, DirectMessagesAreMarkedWhereNoContentCanBe) {
  client::Message message = HostileMessage();
  message.channel = ChannelName("@alice");
  EXPECT_TRUE(PlainLine(message).starts_with("(direct) <eve\ufffd> one"));
  message.headers = {{"parley-to", "b\x1bob"}};
  EXPECT_TRUE(PlainLine(message).starts_with("(direct to b␛ob) <eve\ufffd> one"));
}

TEST(JsonLinesTest, AMessageIsOneObjectOnOneLine) {
  const std::string line = JsonLines(/*for_terminal=*/false).Of(HostileMessage());
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const Json object = Json::parse(line);
  EXPECT_EQ(object["channel"], "gen\"eral");
  EXPECT_EQ(object["content"], "one\n<alice> forged \x1b[2J\xc2\x9b \ufffd 🎉");
  EXPECT_EQ(object["time"], "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(object["position"], "p2");
  EXPECT_TRUE(object["previous"].is_null());
  EXPECT_EQ(object["headers"]["colour"], "green");
}

TEST(JsonLinesTest, OnATerminalEverythingIsAscii) {
  const std::string line = JsonLines(/*for_terminal=*/true).Of(HostileMessage());
  for (const char letter : line) ASSERT_TRUE(letter >= 0x20 && letter < 0x7f);
  EXPECT_EQ(Json::parse(line), Json::parse(JsonLines(false).Of(HostileMessage())));
}

TEST(JsonLinesTest, APublishSaysItsOutcome) {
  const JsonLines json(false);
  client::PublishResult result{.outcome = client::Outcome::kStored,
                               .channel = ChannelName("general"),
                               .id = MessageId("1"),
                               .position = client::PositionToken("p")};
  EXPECT_EQ(Json::parse(json.Of(result)),
            Json::parse(R"({"outcome":"stored","id":"1","channel":"general","position":"p",
                            "error":null,"message":null,"retryable":false})"));
  result = {.outcome = client::Outcome::kUnknown,
            .channel = ChannelName("general"),
            .id = MessageId("1"),
            .error = {.code = "UNAVAILABLE", .message = "gone"}};
  const Json unknown = Json::parse(json.Of(result));
  EXPECT_EQ(unknown["outcome"], "unknown");
  EXPECT_EQ(unknown["error"], "UNAVAILABLE");
  EXPECT_TRUE(unknown["position"].is_null());
  EXPECT_EQ(unknown["retryable"], true);
}

TEST(TimeTextTest, TimesBefore1970HaveMillisecondsToo) {
  EXPECT_EQ(UtcTime(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(UtcTime(-1), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace parley::cli
