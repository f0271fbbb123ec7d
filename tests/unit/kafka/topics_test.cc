#include "services/common/kafka/topics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/common/kafka/log_record.h"
#include "services/common/kafka/log_store.h"
#include "services/common/kafka/topic_spec.h"
#include "tests/unit/kafka/kafka_test_support.h"

namespace parley::kafka {
namespace {

using std::chrono::milliseconds;

TEST(LogRecordTest, SurvivesTheRoundTrip) {
  const auto info = ParseLogInfo(ToJson({1'795'179'600'000, 32, 300'000}));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->epoch, 1'795'179'600'000);
  EXPECT_EQ(info->partitions, 32);
  EXPECT_EQ(info->dedupe_window_ms, 300'000);
}

TEST(LogRecordTest, RefusesWhatMakesNoSense) {
  for (const char* json :
       {"", "{}", "[]", "log", R"({"epoch":0,"partitions":8,"dedupe_window_ms":1})",
        R"({"epoch":-1,"partitions":8,"dedupe_window_ms":1})",
        R"({"epoch":1,"partitions":0,"dedupe_window_ms":1})",
        R"({"epoch":1,"partitions":4294967304,"dedupe_window_ms":1})",
        R"({"epoch":1,"partitions":8})", R"({"epoch":1e9,"partitions":8,"dedupe_window_ms":1})",
        R"({"epoch":"1","partitions":8,"dedupe_window_ms":1})",
        R"({"epoch":18446744073709551615,"partitions":8,"dedupe_window_ms":1})"}) {
    EXPECT_FALSE(ParseLogInfo(json)) << json;
  }
}

class LogInfoTest : public testing::Test {
 protected:
  EmbeddedBroker broker_{EmbeddedBrokerConfig{.dedupe_window_ms = 1234}};
  ClientConfig client_ = ClientOf(broker_);
};

TEST_F(LogInfoTest, TheEmbeddedBrokerHasAnEpochOfItsOwn) {
  const StoredLog answer = LogStore(client_).ReadAgreed(kTestTimeout);
  ASSERT_TRUE(answer.info) << answer.reason;
  EXPECT_GT(answer.info->epoch, 1'600'000'000'000);
  EXPECT_EQ(answer.info->partitions, 8);
  EXPECT_EQ(answer.info->dedupe_window_ms, 1234);
}

TEST_F(LogInfoTest, TheLargestEpochWins) {
  const LogEpoch epoch = LogStore(client_).Read(kTestTimeout).info.value().epoch;
  ASSERT_EQ(WriteLogInfo(client_, {epoch + 1, 8, 1}, kTestTimeout), std::nullopt);
  ASSERT_EQ(WriteLogInfo(client_, {epoch - 1, 8, 1}, kTestTimeout), std::nullopt);
  EXPECT_EQ(LogStore(client_).Read(kTestTimeout).info.value().epoch, epoch + 1);
}

TEST_F(LogInfoTest, MorePartitionsThanTheTopicHasMeanThatItWasRecreated) {
  ASSERT_EQ(WriteLogInfo(client_, {INT64_MAX, 9, 1}, kTestTimeout), std::nullopt);
  const StoredLog answer = LogStore(client_).ReadAgreed(kTestTimeout);
  EXPECT_FALSE(answer.info);
  EXPECT_THAT(answer.reason, testing::HasSubstr("topics ensure"));
}

TEST_F(LogInfoTest, WithoutKafkaTheReasonIsGivenInTime) {
  broker_.SetDown(true);
  const StoredLog answer = LogStore(client_).Read(milliseconds(200));
  EXPECT_FALSE(answer.info);
  EXPECT_THAT(answer.reason, testing::HasSubstr(broker_.address()));
}

TEST_F(LogInfoTest, TheEmbeddedBrokerMakesItsOwnTopics) {
  const TopicsReport report = EnsureTopics(client_, {}, kTestTimeout);
  EXPECT_TRUE(report.ok);
  EXPECT_THAT(report.lines, testing::ElementsAre("the embedded broker makes its own topics"));
}

TEST(TopicsTest, WithoutKafkaTheReportSaysSo) {
  const ClientConfig nowhere{.brokers = "127.0.0.1:1", .properties = {}, .embedded = false};
  const TopicsReport report = CheckTopics(nowhere, {}, milliseconds(100));
  EXPECT_FALSE(report.ok);
  ASSERT_EQ(report.lines.size(), 1U);
  EXPECT_THAT(report.lines[0], testing::HasSubstr("127.0.0.1:1"));
}

TEST(TopicSpecTest, ReplicationIsLoweredToTheNumberOfBrokers) {
  const auto three = WantedTopics({}, 5);
  EXPECT_EQ(three.front().name, kMetaTopic);
  EXPECT_EQ(three.back().name, kChattingTopic);
  EXPECT_EQ(three.back().partitions, 32);
  EXPECT_EQ(three.back().replication, 3);
  EXPECT_THAT(three.back().settings, testing::Contains(testing::Pair("min.insync.replicas", "2")));
  EXPECT_THAT(three.back().settings,
              testing::Contains(testing::Pair("message.timestamp.type", "LogAppendTime")));
  const auto one = WantedTopics({}, 1);
  EXPECT_EQ(one.back().replication, 1);
  EXPECT_THAT(one.back().settings, testing::Contains(testing::Pair("min.insync.replicas", "1")));
}

}  // namespace
}  // namespace parley::kafka
