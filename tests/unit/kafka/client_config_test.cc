#include "services/common/kafka/client_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "services/common/process/options.h"

namespace parley::kafka {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

struct Parsed {
  ClientConfig config;
  process::Options options{"program", "Tries the options of Kafka."};
  std::optional<int> exit_code;
  std::string complaint;

  explicit Parsed(const std::vector<const char*>& properties) {
    config.Describe(options);
    std::vector<const char*> argv = {"program"};
    for (const char* property : properties) {
      argv.push_back("--kafka-property");
      argv.push_back(property);
    }
    testing::internal::CaptureStderr();
    exit_code = options.Parse(static_cast<int>(argv.size()), argv.data());
    complaint = testing::internal::GetCapturedStderr();
  }
};

TEST(ClientConfigTest, SettingsForScramAndTlsAreAccepted) {
  const Parsed parsed({"security.protocol=sasl_ssl", "sasl.mechanism=SCRAM-SHA-512",
                       "sasl.username=parley", "sasl.password=secret"});
  EXPECT_EQ(parsed.exit_code, std::nullopt) << parsed.complaint;
  EXPECT_THAT(parsed.options.Effective(),
              AllOf(HasSubstr("sasl.password = *****"), HasSubstr("sasl.username = parley"),
                    Not(HasSubstr("secret"))));
}

TEST(ClientConfigTest, ACertificateThatIsNotThereIsNamedBeforeAnythingStarts) {
  const Parsed parsed({"security.protocol=ssl", "ssl.ca.location=/nowhere/ca.pem"});
  EXPECT_EQ(parsed.exit_code, 1);
  EXPECT_THAT(parsed.complaint,
              AllOf(HasSubstr("ssl.ca.location=/nowhere/ca.pem"), HasSubstr("No such file")));
  EXPECT_EQ(parsed.complaint.find('\n'), parsed.complaint.size() - 1) << parsed.complaint;
}

TEST(ClientConfigTest, AMechanismThatLacksItsUserIsRefused) {
  const Parsed parsed({"security.protocol=sasl_ssl", "sasl.mechanism=SCRAM-SHA-512"});
  EXPECT_EQ(parsed.exit_code, 1);
  EXPECT_THAT(parsed.complaint, HasSubstr("sasl.username and sasl.password must be set"));
}

TEST(ClientConfigTest, WhatOnlyAProducerRefusesIsRefusedToo) {
  const Parsed parsed({"acks=1"});
  EXPECT_EQ(parsed.exit_code, 1);
  EXPECT_THAT(parsed.complaint, HasSubstr("acks"));
}

TEST(ClientConfigTest, ASecretIsNotRepeatedWhenItIsRefused) {
  const Parsed parsed({"security.protocol=ssl", "ssl.key.pem=hunter2"});
  EXPECT_EQ(parsed.exit_code, 1);
  EXPECT_THAT(parsed.complaint, AllOf(HasSubstr("ssl.key.pem"), Not(HasSubstr("hunter2"))));
}

TEST(ClientConfigTest, APasswordComesFromAFile) {
  const std::string path = testing::TempDir() + "client_config_test." + std::to_string(getpid());
  std::ofstream(path) << "from the file\n";
  setenv("PARLEY_KAFKA_PROPERTY_SASL_PASSWORD_FILE", path.c_str(), 1);
  const Parsed parsed({});
  unsetenv("PARLEY_KAFKA_PROPERTY_SASL_PASSWORD_FILE");
  std::remove(path.c_str());
  EXPECT_EQ(parsed.exit_code, std::nullopt) << parsed.complaint;
  EXPECT_THAT(parsed.config.properties, ElementsAre(Pair("sasl.password", "from the file")));
}

}  // namespace
}  // namespace parley::kafka
