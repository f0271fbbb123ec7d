// `parley topics` where there is no Kafka. tests/kafka/ has what it does where there is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/client/run_parley.h"

namespace parley::client {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(CliTopicsTest, WithoutKafkaTheCheckFailsInTimeAndSaysWhyOnce) {
  for (const char* action : {"check", "ensure"}) {
    const Finished finished =
        RunParley({"topics", action, "--kafka-brokers", kNobody, "--timeout", "500ms"});
    EXPECT_EQ(finished.code, 4);
    EXPECT_EQ(finished.output, "");
    EXPECT_THAT(finished.complaints,
                AllOf(HasSubstr("Kafka cannot be reached"), HasSubstr(kNobody)));
    EXPECT_EQ(finished.complaints.find('\n'), finished.complaints.size() - 1);
  }
}

// As every service does: one list of sources, one order, one way to refuse.
TEST(CliTopicsTest, SettingsOfKafkaComeFromFlagsTheEnvironmentAndAFile) {
  const std::vector<std::string> check = {"topics", "check", "--timeout", "500ms"};
  const Finished by_flag =
      RunParley(Joined(check, {"--kafka-property", "no.such=1", "--kafka-brokers", kNobody}));
  EXPECT_EQ(by_flag.code, 1);
  EXPECT_THAT(by_flag.complaints, HasSubstr("kafka property no.such=1"));
  const Finished by_variable = RunParley(check, {{"PARLEY_KAFKA_PROPERTY_NO_SUCH", "2"}});
  EXPECT_EQ(by_variable.code, 1);
  EXPECT_THAT(by_variable.complaints, HasSubstr("kafka property no.such=2"));
  const Finished by_file = RunParley(Joined(check, {"--config", "/nowhere/kafka.conf"}));
  EXPECT_EQ(by_file.code, 1);
  EXPECT_THAT(by_file.complaints, HasSubstr("/nowhere/kafka.conf: cannot be read"));
  const Finished not_a_pair = RunParley(Joined(check, {"--kafka-property", "novalue"}));
  EXPECT_EQ(not_a_pair.code, 2);
  EXPECT_THAT(not_a_pair.complaints, HasSubstr("KEY=VALUE"));
  const Finished flag_wins = RunParley(Joined(check, {"--kafka-brokers", kNobody}),
                                       {{"PARLEY_KAFKA_BROKERS", "127.0.0.1:2"}});
  EXPECT_EQ(flag_wins.code, 4);
  EXPECT_THAT(flag_wins.complaints, HasSubstr(kNobody));
}

}  // namespace
}  // namespace parley::client
