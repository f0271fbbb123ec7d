#include "services/common/log_line.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "services/common/text.h"

namespace parley {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

const auto kTime =
    std::chrono::system_clock::time_point(std::chrono::sys_days{std::chrono::year{2024} / 5 / 1}) +
    10h + 2min + 3s + 45ms + 999us;

std::string Json1(std::string_view message, std::initializer_list<LogField> fields = {}) {
  return JsonLine({kTime, LogLevel::kInfo, "gateway", message, fields});
}

// Bytes that are often UTF-8, often nearly so, and often neither.
std::string RandomBytes(std::mt19937_64& random) {
  std::string bytes;
  for (std::size_t left = random() % 40; left > 0; --left) {
    switch (random() % 4) {
      case 0:
        bytes += static_cast<char>(random());
        break;
      case 1:
        bytes += static_cast<char>(random() % 0x20);
        break;
      case 2:
        bytes += "\xE2\x82\xAC";
        break;
      default:
        bytes += "\"\\/ aZ\x7f"[random() % 7];
    }
  }
  return bytes;
}

TEST(JsonLineTest, HasTimeLevelServiceAndMessage) {
  EXPECT_EQ(Json1("link up"),
            "{\"time\":\"2024-05-01T10:02:03.045Z\",\"level\":\"info\",\"service\":\"gateway\","
            "\"msg\":\"link up\"}\n");
}

TEST(JsonLineTest, PadsEveryPartOfTheTime) {
  const std::string line =
      JsonLine({std::chrono::system_clock::time_point(), LogLevel::kError, "s", "m", {}});
  EXPECT_EQ(Json::parse(line)["time"], "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(Json::parse(line)["level"], "error");
}

TEST(JsonLineTest, KeepsNumbersAndTruthValuesAsSuch) {
  const Json event = Json::parse(Json1("m", {{"least", std::numeric_limits<std::int64_t>::min()},
                                             {"most", std::numeric_limits<std::int64_t>::max()},
                                             {"ratio", 0.1},
                                             {"large", 1e300},
                                             {"yes", true},
                                             {"text", "12"}}));
  EXPECT_EQ(event["least"], std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(event["most"], std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(event["ratio"], 0.1);
  EXPECT_EQ(event["large"], 1e300);
  EXPECT_EQ(event["yes"], true);
  EXPECT_EQ(event["text"], "12");
}

TEST(JsonLineTest, ValuesThatJsonLacksAreNull) {
  const Json event = Json::parse(Json1("m", {{"nan", std::nan("")}, {"infinite", -HUGE_VAL}}));
  EXPECT_TRUE(event["nan"].is_null());
  EXPECT_TRUE(event["infinite"].is_null());
}

TEST(JsonLineTest, ReplacesWhatIsNotUtf8ByteByByte) {
  EXPECT_EQ(Json::parse(Json1("a\xFF\xC3z"))["msg"], "a\xEF\xBF\xBD\xEF\xBF\xBDz");
}

TEST(JsonLineTest, AnyBytesComeOutAsOneValidLine) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 5'000; ++i) {
    const std::string message = RandomBytes(random);
    const std::string name = "n" + RandomBytes(random);
    const std::string value = RandomBytes(random);
    const std::string line = Json1(message, {{name, value}});
    ASSERT_EQ(line.find('\n'), line.size() - 1);
    const Json event = Json::parse(line, nullptr, false);
    ASSERT_FALSE(event.is_discarded()) << line;
    ASSERT_TRUE(!IsUtf8(message) || event["msg"] == message) << line;
    ASSERT_TRUE(!IsUtf8(value) || !IsUtf8(name) || event[name] == value) << line;
  }
}

TEST(TextLineTest, IsMadeForPeople) {
  const LogEvent event{
      kTime,
      LogLevel::kWarn,
      "router",
      "link lost",
      {{"gateway", "gw-1"}, {"reason", "no answer"}, {"after_ms", 1000}, {"empty", ""}}};
  EXPECT_EQ(TextLine(event, false),
            "10:02:03.045 WARN  router  link lost  gateway=gw-1  reason=\"no answer\"  "
            "after_ms=1000  empty=\"\"\n");
}

TEST(TextLineTest, ColoursLevelAndDimsTheRest) {
  const std::string line = TextLine({kTime, LogLevel::kError, "router", "m", {}}, true);
  EXPECT_EQ(line, "\x1b[2m10:02:03.045\x1b[0m \x1b[31mERROR\x1b[0m router  m\n");
}

TEST(TextLineTest, NothingFromOutsideReachesTheTerminalRaw) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 5'000; ++i) {
    const std::string value = RandomBytes(random);
    const std::string line =
        TextLine({kTime, LogLevel::kInfo, value, value, {{value, value}}}, false);
    ASSERT_TRUE(IsUtf8(line));
    ASSERT_TRUE(line.ends_with('\n'));
    std::string_view rest = std::string_view(line).substr(0, line.size() - 1);
    while (!rest.empty()) ASSERT_FALSE(IsControl(*TakeCodePoint(rest))) << line;
  }
}

}  // namespace
}  // namespace parley
