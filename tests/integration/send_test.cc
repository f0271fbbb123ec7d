#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "parley/v1/record.pb.h"
#include "services/common/position.h"
#include "tests/integration/child.h"
#include "tests/integration/cluster.h"
#include "tests/integration/member.h"
#include "tests/integration/topic_dump.h"

namespace parley::test {
namespace {

constexpr int kUnknownExitCode = 3;

class SendTest : public testing::Test {
 protected:
  std::vector<std::string> Command(const std::string& id, bool retry = false) const {
    std::vector<std::string> command = {Program("parley"),
                                        "send",
                                        "--server",
                                        cluster_.Gateway(0),
                                        "--user",
                                        "ann",
                                        "--channel",
                                        channel_,
                                        "--id",
                                        id,
                                        "--json"};
    if (retry) command.push_back("--retry");
    command.push_back("hello");
    return command;
  }

  // What a client does after an unknown outcome: repeats the publish, marked, until it knows.
  int RetryUntilKnown(const std::string& id) const {
    int exit_code = kUnknownExitCode;
    while (exit_code == kUnknownExitCode)
      exit_code = RunToEnd(Command(id, /*retry=*/true)).exit_code;
    return exit_code;
  }

  // Where a record with this id lies; offset -1 when it lies nowhere.
  Position InLog(const std::string& id) const {
    for (const DumpedRecord& record : DumpTopic(cluster_.Broker(), "chatting")) {
      v1::ChatRecord parsed;
      // Real brokers have what earlier runs sent, with the same ids.
      if (record.key == channel_ && parsed.ParseFromString(record.value) && parsed.id() == id) {
        return {0, record.partition, record.offset};
      }
    }
    return {};
  }

  static standalone::StandaloneConfig Config() {
    standalone::StandaloneConfig config;
    config.gateway.publish_deadline = std::chrono::milliseconds(1'000);
    return config;
  }

  Cluster cluster_{Config()};
  std::string channel_ = FreshChannel("send");
};

TEST_F(SendTest, PrintsThePositionAtWhichTheBrokerHasIt) {
  const Finished send = RunToEnd(Command("id-1"));
  ASSERT_EQ(send.exit_code, 0) << send.errors;
  const auto answer = nlohmann::json::parse(send.output);
  EXPECT_EQ(answer["outcome"], "stored");
  const auto token = DecodeToken(answer["position"].get<std::string>());
  ASSERT_TRUE(token);
  const Position in_log = InLog("id-1");
  EXPECT_EQ(token->position.partition, in_log.partition);
  EXPECT_EQ(token->position.offset, in_log.offset);
  EXPECT_EQ(token->channel_check, ChannelCheck(ChannelName(channel_)));
}

TEST_F(SendTest, PrintsNothingWhileTheBrokerIsGoneAndEndsUnknown) {
  cluster_.embedded_broker().SetDown(true);
  const Finished send = RunToEnd(Command("id-2"));
  EXPECT_EQ(send.exit_code, kUnknownExitCode) << send.output << send.errors;
  const auto answer = nlohmann::json::parse(send.output);
  EXPECT_EQ(answer["outcome"], "unknown");
  EXPECT_TRUE(answer["position"].is_null());
}

TEST_F(SendTest, RepeatedAsARetryAfterAnUnknownOutcomeItIsShownOnce) {
  Member member(cluster_.Gateway(0), "bob");
  ASSERT_TRUE(member.Join(channel_));
  cluster_.embedded_broker().SetDown(true);
  ASSERT_EQ(RunToEnd(Command("id-3")).exit_code, kUnknownExitCode);
  cluster_.embedded_broker().SetDown(false);
  EXPECT_EQ(RetryUntilKnown("id-3"), 0);
  ASSERT_EQ(RunToEnd(Command("id-4")).exit_code, 0);

  ASSERT_TRUE(member.WaitUntil(
      [](const Member& m) { return m.message_count() > 0 && m.messages().back().id() == "id-4"; }));
  int shown = 0;
  for (const v1::Message& message : member.messages()) shown += message.id() == "id-3" ? 1 : 0;
  EXPECT_EQ(shown, 1);
}

TEST_F(SendTest, ABrokerThatBreaksTheConnectionDuringTheSendIsTriedAgain) {
  Member member(cluster_.Gateway(0), "bob");
  ASSERT_TRUE(member.Join(channel_));
  // One: the embedded broker stores what lies behind a refused request on the broken connection, so
  // that a heartbeat of the gateway that meets a second fault would have the message stored twice.
  cluster_.embedded_broker().FailProduces(kafka::EmbeddedBroker::Fault::kDisconnect, 1);
  const Finished send = RunToEnd(Command("id-5"));
  ASSERT_EQ(send.exit_code, 0) << send.output << send.errors;
  const auto answer = nlohmann::json::parse(send.output);
  EXPECT_EQ(DecodeToken(answer["position"].get<std::string>())->position.offset,
            InLog("id-5").offset);
  ASSERT_TRUE(member.WaitUntil([](const Member& m) { return m.message_count() == 1; }));
}

// The broker has the message, but its answer comes after the publish's deadline: the client must
// not hear "not stored", and its repetition must not be shown again.
TEST_F(SendTest, AnAnswerThatComesTooLateIsUnknownAndTheRetryIsShownOnce) {
  Member member(cluster_.Gateway(0), "bob");
  ASSERT_TRUE(member.Join(channel_));
  cluster_.embedded_broker().DelayAnswers(2'000);
  const Finished late = RunToEnd(Command("id-5"));
  EXPECT_EQ(late.exit_code, kUnknownExitCode) << late.output << late.errors;
  cluster_.embedded_broker().DelayAnswers(0);

  ASSERT_EQ(RetryUntilKnown("id-5"), 0);
  ASSERT_EQ(RunToEnd(Command("id-6")).exit_code, 0);
  ASSERT_TRUE(member.WaitUntil(
      [](const Member& m) { return m.message_count() > 0 && m.messages().back().id() == "id-6"; }));
  EXPECT_EQ(member.message_count(), 2u) << "id-5 once, then id-6";
}

TEST_F(SendTest, AGatewayThatIsNotThereIsSaidAtOnce) {
  auto command = Command("id-7");
  command[3] = "127.0.0.1:1";
  const Finished send = RunToEnd(command);
  EXPECT_EQ(nlohmann::json::parse(send.output)["outcome"], "not_stored");
  EXPECT_NE(send.exit_code, 0);
  EXPECT_NE(send.exit_code, kUnknownExitCode);
}

}  // namespace
}  // namespace parley::test
