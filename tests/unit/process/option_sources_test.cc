// Files, the environment and flags, and which of them wins.
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/process/options_fixture.h"

namespace parley::process {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;
using OptionSourcesTest = OptionsTest;

TEST_F(OptionSourcesTest, FlagWinsOverEnvironmentWinsOverFileWinsOverDefault) {
  const std::string file = File("loop-count = 11\nserver-id = file\nlog-level = debug\n");
  Set("PARLEY_LOOP_COUNT", "22");
  Set("PARLEY_SERVER_ID", "environment");
  EXPECT_EQ(program_.Parse({"--config", file.c_str(), "--loop-count", "33"}), std::nullopt);
  EXPECT_EQ(program_.loops, 33);
  EXPECT_EQ(program_.name, "environment");
  EXPECT_EQ(program_.level, "debug");
  EXPECT_EQ(program_.deadline, 5s);
}

TEST_F(OptionSourcesTest, AFlagWinsAlsoWhenItRepeatsTheDefault) {
  Set("PARLEY_LOOP_COUNT", "22");
  Set("PARLEY_ECHO_MESSAGES", "false");
  EXPECT_EQ(program_.Parse({"--loop-count", "2", "--echo-messages"}), std::nullopt);
  EXPECT_EQ(program_.loops, 2);
  EXPECT_TRUE(program_.echo);
}

TEST_F(OptionSourcesTest, AHigherSourceReplacesAWholeListButOnlyItsOwnKeysOfAMap) {
  const std::string file = File(
      "kafka-brokers = f:1\nkafka-brokers = f:2\nkafka-property.a = file\nkafka-property.b.c = "
      "file\n");
  Set("PARLEY_KAFKA_PROPERTY_B_C", "environment");
  EXPECT_EQ(program_.Parse({"--config", file.c_str()}), std::nullopt);
  EXPECT_THAT(program_.brokers, ElementsAre("f:1", "f:2"));
  EXPECT_THAT(program_.properties,
              UnorderedElementsAre(Pair("a", "file"), Pair("b.c", "environment")));

  EXPECT_EQ(program_.Parse({"--config", file.c_str(), "--kafka-brokers", "x:1", "--kafka-brokers",
                            "y:2,z:3", "--kafka-property", "a=flag=x"}),
            std::nullopt);
  EXPECT_THAT(program_.brokers, ElementsAre("x:1", "y:2", "z:3"));
  EXPECT_EQ(program_.properties["a"], "flag=x");
}

TEST_F(OptionSourcesTest, TheEnvironmentMayNameTheFile) {
  Set("PARLEY_CONFIG", File("loop-count = 11\n"));
  EXPECT_EQ(program_.Parse({}), std::nullopt);
  EXPECT_EQ(program_.loops, 11);
}

TEST_F(OptionSourcesTest, WrongValueOfAVariableNamesTheVariable) {
  Set("PARLEY_LOOP_COUNT", "0");
  EXPECT_EQ(program_.Refusal(1, {}), "PARLEY_LOOP_COUNT: '0' is not allowed; allowed: 1 to 64");
}

TEST_F(OptionSourcesTest, WrongValueInTheFileNamesFileAndLine) {
  const std::string file = File("# a comment\n\nloop-count = 0\n");
  EXPECT_EQ(program_.Refusal(1, {"--config", file.c_str()}),
            file + ":3: loop-count: '0' is not allowed; allowed: 1 to 64");
}

TEST_F(OptionSourcesTest, UnknownKeyInTheFileIsRefusedWithTheNearest) {
  const std::string file = File("loop-cuont = 1\n");
  EXPECT_EQ(program_.Refusal(1, {"--config", file.c_str()}),
            file + ":1: loop-cuont: no such option; the nearest is loop-count");
}

TEST_F(OptionSourcesTest, FileIsRefusedWhereItIsNotUnderstood) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"loop-count 3\n", "name = value"},
      {"loop-count = 3\nserver-id = a\nloop-count = 4\n",
       ":3: loop-count: set for the second time"},
      {"server-id = \"unclosed\n", "quote"},
      {"server-id = \"a\\\"\n", "quote"},
      {"server-id = \"a\\x\"\n", "quote"},
      {"server-id = \"a\"b\"\n", "quote"},
      {"kafka-property = x\n", "needs a key"},
      {"kafka-property. = x\n", "needs a key"},
      {"server-id.x = x\n", "no such option"},
      {" = x\n", "no such option"},
  };
  for (const auto& [content, reason] : cases) {
    const std::string file = File(content);
    EXPECT_THAT(program_.Refusal(1, {"--config", file.c_str()}),
                AllOf(HasSubstr(file + ":"), HasSubstr(reason)))
        << content;
  }
}

TEST_F(OptionSourcesTest, MissingFileIsRefused) {
  EXPECT_THAT(program_.Refusal(1, {"--config", "/nowhere/parley.conf"}),
              HasSubstr("/nowhere/parley.conf"));
  EXPECT_THAT(program_.Refusal(1, {"--config", "/"}), HasSubstr("/"));
}

TEST_F(OptionSourcesTest, FileIsReadLeniently) {
  const std::string file = File(
      "\r\n  # indented comment\nserver-id=a#b = c\r\nadmin-password = \"  p\\\\\\\"\\n\"\n  "
      "loop-count\t=  3  ");
  EXPECT_EQ(program_.Parse({"--config", file.c_str()}), std::nullopt);
  EXPECT_EQ(program_.name, "a#b = c");
  EXPECT_EQ(program_.password, "  p\\\"\n");
  EXPECT_EQ(program_.loops, 3);
}

TEST_F(OptionSourcesTest, VariablesOfOtherProgramsAreTheirOwn) {
  Set("PARLEY_GATEWAY_SERVICE_HOST", "10.0.0.1");
  Set("PARLEY_SOMETHING", "x");
  Set("PARLEY_HOME", "/opt");
  EXPECT_EQ(program_.Parse({}), std::nullopt) << program_.err;
}

TEST_F(OptionSourcesTest, AllButTheNameOfAVariableIsRefused) {
  Set("PARLEY_LOG_LEVLE", "info");
  EXPECT_EQ(program_.Refusal(1, {}),
            "PARLEY_LOG_LEVLE: no such variable; the nearest is PARLEY_LOG_LEVEL");
}

TEST_F(OptionSourcesTest, SecretsAreReadFromFiles) {
  Set("PARLEY_ADMIN_PASSWORD_FILE", File("hunter2\n"));
  Set("PARLEY_KAFKA_PROPERTY_SASL_PASSWORD_FILE", File("hunter3"));
  EXPECT_EQ(program_.Parse({}), std::nullopt) << program_.err;
  EXPECT_EQ(program_.password, "hunter2");
  EXPECT_THAT(program_.properties, ElementsAre(Pair("sasl.password", "hunter3")));
}

TEST_F(OptionSourcesTest, SecretFileThatCannotBeReadIsRefused) {
  Set("PARLEY_ADMIN_PASSWORD_FILE", "/nowhere/secret");
  EXPECT_THAT(program_.Refusal(1, {}),
              AllOf(HasSubstr("PARLEY_ADMIN_PASSWORD_FILE"), HasSubstr("/nowhere/secret")));
  Set("PARLEY_ADMIN_PASSWORD_FILE", File(std::string(65'537, 'x')));
  EXPECT_THAT(program_.Refusal(1, {}), HasSubstr("64KiB"));
}

TEST_F(OptionSourcesTest, SecretGivenTwiceIsRefused) {
  Set("PARLEY_ADMIN_PASSWORD", "a");
  Set("PARLEY_ADMIN_PASSWORD_FILE", File("b"));
  EXPECT_THAT(program_.Refusal(1, {}), HasSubstr("PARLEY_ADMIN_PASSWORD_FILE"));
}

TEST_F(OptionSourcesTest, OnlySecretsAreReadFromFiles) {
  Set("PARLEY_SERVER_ID_FILE", "/etc/hostname");
  EXPECT_THAT(program_.Refusal(1, {}),
              AllOf(HasSubstr("PARLEY_SERVER_ID_FILE"), HasSubstr("only secrets")));
}

TEST_F(OptionSourcesTest, PrintedConfigurationReadsBack) {
  const std::string odd = "  \"two\nlines\\ ";
  ASSERT_EQ(program_.Parse({"--print-config", "--server-id", odd.c_str(), "--loop-count", "7",
                            "--kafka-brokers", "a:1,b:2", "--kafka-property", "x.y= z "}),
            0);
  Program again;
  const std::string file = File(program_.out);
  EXPECT_EQ(again.Parse({"--config", file.c_str()}), std::nullopt) << again.err;
  EXPECT_EQ(again.name, odd);
  EXPECT_EQ(again.options.Effective(), program_.options.Effective());
}

}  // namespace
}  // namespace parley::process
