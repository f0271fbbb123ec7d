#include "services/common/process/options.h"

#include <sstream>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/common/process/version.h"
#include "tests/unit/process/options_fixture.h"

namespace parley::process {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

TEST_F(OptionsTest, NothingSaidLeavesTheDefaults) {
  EXPECT_EQ(program_.Parse({}), std::nullopt);
  EXPECT_EQ(program_.name, "gw-1");
  EXPECT_THAT(program_.brokers, ElementsAre("127.0.0.1:9092"));
  EXPECT_THAT(program_.out + program_.err, IsEmpty());
}

TEST_F(OptionsTest, FlagsSetEveryType) {
  EXPECT_EQ(program_.Parse({"--server-id=gw 2", "--admin-password", "secret", "--kafka-brokers",
                            "a:1,b:2", "--no-echo-messages", "--loop-count", "4",
                            "--frame-bytes-max=1MiB", "--publish-deadline", "250ms", "--log-level",
                            "warn"}),
            std::nullopt);
  EXPECT_EQ(program_.name, "gw 2");
  EXPECT_EQ(program_.password, "secret");
  EXPECT_THAT(program_.brokers, ElementsAre("a:1", "b:2"));
  EXPECT_FALSE(program_.echo);
  EXPECT_EQ(program_.loops, 4);
  EXPECT_EQ(program_.frame, 1u << 20);
  EXPECT_EQ(program_.deadline, 250ms);
  EXPECT_EQ(program_.level, "warn");
}

TEST_F(OptionsTest, TheLastOfTwoEqualFlagsWins) {
  EXPECT_EQ(program_.Parse({"--loop-count", "3", "--loop-count", "4"}), std::nullopt);
  EXPECT_EQ(program_.loops, 4);
}

TEST_F(OptionsTest, ValuesAreTakenAsTheyStand) {
  EXPECT_EQ(
      program_.Parse({"--server-id", "[a,b]", "--admin-password", "{}", "--kafka-property", "k="}),
      std::nullopt);
  EXPECT_EQ(program_.name, "[a,b]");
  EXPECT_EQ(program_.password, "{}");
  EXPECT_THAT(program_.properties, ElementsAre(Pair("k", "")));
  EXPECT_EQ(program_.Parse({"--server-id", "", "--admin-password", "%%"}), std::nullopt);
  EXPECT_EQ(program_.name, "");
  EXPECT_EQ(program_.password, "%%");
  EXPECT_EQ(program_.Parse({"--server-id", "--dashes", "--admin-password=-x"}), std::nullopt);
  EXPECT_EQ(program_.name, "--dashes");
  EXPECT_EQ(program_.password, "-x");
}

TEST_F(OptionsTest, UnknownFlagIsRefusedWithTheNearest) {
  EXPECT_EQ(program_.Refusal(2, {"--log-levle", "info"}),
            "--log-levle: no such option; the nearest is --log-level");
  EXPECT_EQ(program_.Refusal(2, {"--loop=3"}),
            "--loop: no such option; the nearest is --loop-count");
  EXPECT_EQ(program_.Refusal(2, {"--no-echo"}),
            "--no-echo: no such option; the nearest is --no-echo-messages");
  EXPECT_EQ(program_.Refusal(2, {"--prnt-config"}),
            "--prnt-config: no such option; the nearest is --print-config");
}

TEST_F(OptionsTest, ArgumentWithoutAnOptionIsRefused) {
  EXPECT_THAT(program_.Refusal(2, {"start"}), HasSubstr("'start'"));
  EXPECT_THAT(program_.Refusal(2, {"--", "start"}), HasSubstr("'start'"));
}

TEST_F(OptionsTest, FlagWithoutItsValueIsRefused) {
  EXPECT_THAT(program_.Refusal(2, {"--loop-count"}), HasSubstr("--loop-count"));
  EXPECT_THAT(program_.Refusal(2, {"--kafka-property", "novalue"}),
              AllOf(HasSubstr("--kafka-property"), HasSubstr("KEY=VALUE")));
  EXPECT_THAT(program_.Refusal(2, {"--kafka-property", "sasl.password:hunter2"}),
              AllOf(HasSubstr("--kafka-property"), Not(HasSubstr("hunter2"))));
}

TEST_F(OptionsTest, WrongValueIsRefusedWithNameValueAndWhatIsAllowed) {
  EXPECT_EQ(program_.Refusal(2, {"--loop-count", "many"}),
            "--loop-count: 'many' is not allowed; allowed: 1 to 64");
  EXPECT_EQ(program_.Refusal(2, {"--loop-count", "65"}),
            "--loop-count: '65' is not allowed; allowed: 1 to 64");
  EXPECT_EQ(program_.Refusal(2, {"--frame-bytes-max", "64"}),
            "--frame-bytes-max: '64' is not allowed; allowed: 1KiB to 1MiB");
  EXPECT_EQ(program_.Refusal(2, {"--publish-deadline", "2m"}),
            "--publish-deadline: '2m' is not allowed; allowed: 100ms to 1m");
  EXPECT_EQ(program_.Refusal(2, {"--log-level", "loud"}),
            "--log-level: 'loud' is not allowed; allowed: debug, info, warn");
  EXPECT_THAT(program_.Refusal(2, {"--echo-messages=maybe"}), HasSubstr("--echo-messages"));
}

TEST_F(OptionsTest, TheEndsOfARangeAreInIt) {
  EXPECT_EQ(program_.Parse(
                {"--loop-count", "1", "--frame-bytes-max", "1MiB", "--publish-deadline", "1m"}),
            std::nullopt);
  EXPECT_EQ(program_.Parse(
                {"--loop-count", "64", "--frame-bytes-max", "1KiB", "--publish-deadline", "100ms"}),
            std::nullopt);
}

TEST_F(OptionsTest, PrintConfigHidesSecrets) {
  EXPECT_EQ(program_.Parse({"--print-config", "--admin-password", "hunter2", "--kafka-property",
                            "sasl.password=hunter3", "--kafka-property", "sasl.username=joe"}),
            0);
  EXPECT_EQ(program_.out,
            "server-id = gw-1\n"
            "admin-password = *****\n"
            "kafka-brokers = 127.0.0.1:9092\n"
            "echo-messages = true\n"
            "loop-count = 2\n"
            "frame-bytes-max = 64KiB\n"
            "publish-deadline = 5s\n"
            "log-level = info\n"
            "kafka-property.sasl.password = *****\n"
            "kafka-property.sasl.username = joe\n");
  EXPECT_EQ(program_.out, program_.options.Effective());
}

TEST_F(OptionsTest, AnUnsetSecretIsShownAsUnset) {
  EXPECT_THAT(program_.options.Effective(), HasSubstr("admin-password = \n"));
}

TEST_F(OptionsTest, CheckConfigSaysWhetherAllIsWell) {
  EXPECT_EQ(program_.Parse({"--check-config"}), 0);
  EXPECT_THAT(program_.out, HasSubstr("valid"));
  EXPECT_THAT(program_.Refusal(2, {"--check-config", "--loop-count", "0"}),
              HasSubstr("--loop-count"));
}

TEST_F(OptionsTest, ChecksSeeTheFinalValues) {
  program_.options.Check([&]() -> std::optional<std::string> {
    if (program_.loops < 10) return std::nullopt;
    return "--loop-count: more than there are processors";
  });
  EXPECT_EQ(program_.Parse({}), std::nullopt);
  EXPECT_EQ(program_.Refusal(1, {"--loop-count", "10"}),
            "--loop-count: more than there are processors");
}

TEST_F(OptionsTest, HelpTellsNamesDefaultsRangesAndVariables) {
  EXPECT_EQ(program_.Parse({"--loop-count", "--help"}), 2) << "it is the value of --loop-count";
  EXPECT_EQ(program_.Parse({"--unknown", "--help"}), 0);
  EXPECT_THAT(program_.out,
              HasSubstr("\nIdentity:\n  --server-id TEXT\n      The name of this server.\n"
                        "      Default: gw-1. [PARLEY_SERVER_ID]\n"));
  EXPECT_THAT(program_.out,
              HasSubstr("Allowed: 100ms to 1m. Default: 5s. [PARLEY_PUBLISH_DEADLINE]"));
  EXPECT_THAT(program_.out, HasSubstr("[PARLEY_ADMIN_PASSWORD or PARLEY_ADMIN_PASSWORD_FILE]"));
  EXPECT_THAT(program_.out, HasSubstr("--[no-]echo-messages"));
  EXPECT_THAT(program_.out, HasSubstr("--print-config"));
  EXPECT_THAT(program_.err, IsEmpty());
}

TEST_F(OptionsTest, HelpFitsEightyColumns) {
  ASSERT_EQ(program_.Parse({"-h"}), 0);
  std::istringstream lines(program_.out);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 80u) << line;
    EXPECT_THAT(line, Not(EndsWith(" ")));
  }
}

TEST_F(OptionsTest, HelpIsGivenWhateverElseIsWrong) {
  Set("PARLEY_LOOP_COUNT", "0");
  EXPECT_EQ(program_.Parse({"--help"}), 0);
  EXPECT_EQ(program_.Parse({"--version"}), 0);
  EXPECT_EQ(program_.out, std::string("parley-test ") + Version() + "\n");
}

TEST(OptionsMistakeTest, AProgramsOwnMistakesAreNoticedAtOnce) {
  Options options("p", "x");
  int number = 0;
  std::string choice = "c";
  std::string text;
  EXPECT_THROW(options.Number("zero", number, 1, 2, "x"), std::logic_error);
  EXPECT_THROW(options.Choice("choice", choice, {"a", "b"}, "x"), std::logic_error);
  EXPECT_THROW(options.Text("Upper", text, "x"), std::logic_error);
  options.Text("twice", text, "x");
  EXPECT_THROW(options.Text("twice", text, "x"), std::logic_error);
}

}  // namespace
}  // namespace parley::process
