#include "services/common/kafka/conf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace parley::kafka {
namespace {

std::string Property(const rd_kafka_conf_t* conf, const char* name) {
  std::string value(512, '\0');
  std::size_t size = value.size();
  if (rd_kafka_conf_get(conf, name, value.data(), &size) != RD_KAFKA_CONF_OK) return "?";
  return value.c_str();
}

std::string Complaint(const ClientConfig& config) {
  ClientCallbacks callbacks;
  try {
    static_cast<void>(MakeConf(ClientKind::kProducer, config, callbacks));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

TEST(ConfTest, APropertyOfTheUserWins) {
  ClientCallbacks callbacks;
  const ClientConfig config{.brokers = "a:1", .properties = {{"linger.ms", "7"}}};
  const ConfPtr conf = MakeConf(ClientKind::kProducer, config, callbacks);
  EXPECT_EQ(Property(conf.get(), "linger.ms"), "7");
  EXPECT_EQ(Property(conf.get(), "enable.idempotence"), "true");
}

TEST(ConfTest, NoConsumerEverJumps) {
  ClientCallbacks callbacks;
  for (const ClientKind kind :
       {ClientKind::kReader, ClientKind::kGroupMember, ClientKind::kPresence}) {
    const ConfPtr conf = MakeConf(kind, {}, callbacks);
    EXPECT_EQ(Property(conf.get(), "enable.auto.commit"), "false");
    EXPECT_EQ(Property(conf.get(), "isolation.level"), "read_uncommitted");
    EXPECT_EQ(Property(conf.get(), "auto.offset.reset"), "error");
  }
}

TEST(ConfTest, TheEmbeddedBrokerIsAskedOften) {
  ClientCallbacks callbacks;
  EXPECT_EQ(
      Property(MakeConf(ClientKind::kReader, {.properties = {}, .embedded = true}, callbacks).get(),
               "fetch.wait.max.ms"),
      "5");
  EXPECT_EQ(Property(MakeConf(ClientKind::kReader, {}, callbacks).get(), "fetch.wait.max.ms"),
            "100");
}

TEST(ConfTest, ABadPropertyIsNamedWithItsValue) {
  EXPECT_THAT(Complaint({.properties = {{"linger.ms", "soon"}}}),
              testing::HasSubstr("linger.ms=soon"));
  EXPECT_THAT(Complaint({.properties = {{"linger.sm", "1"}}}), testing::HasSubstr("linger.sm"));
}

// It had a list of its own, which lacked what `--print-config` hides.
TEST(ConfTest, WhatTheConfigurationHidesIsHiddenHereToo) {
  for (const char* key : {"sasl.oauthbearer.configg", "some.token", "ssl.key.pemm"}) {
    EXPECT_THAT(
        Complaint({.properties = {{key, "hunter2"}}}),
        testing::AllOf(testing::HasSubstr(key), testing::Not(testing::HasSubstr("hunter2"))));
  }
}

TEST(ConfTest, ASecretIsNotRepeated) {
  EXPECT_THAT(Complaint({.properties = {{"sasl.passwordd", "hunter2"}}}),
              testing::AllOf(testing::HasSubstr("sasl.passwordd"),
                             testing::Not(testing::HasSubstr("hunter2"))));
}

}  // namespace
}  // namespace parley::kafka
