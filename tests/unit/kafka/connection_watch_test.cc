#include "services/common/kafka/connection_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "services/common/kafka/conf.h"
#include "services/common/kafka/metadata.h"
#include "tests/unit/kafka/kafka_test_support.h"

namespace parley::kafka {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;

// Nobody listens on this port.
constexpr const char* kNowhere = "127.0.0.1:1";

const Logger& InfoLogger() {
  static const Logger logger("test", LogLevel::kInfo, Logger::Format::kJson);
  return logger;
}

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(ConnectionWatchTest, AllClientsOfAProcessSayTogetherWhatIsWrong) {
  testing::internal::CaptureStdout();
  const ClientConfig config{.brokers = kNowhere, .properties = {{"client.id", "x"}}};
  prometheus::Registry registry;
  {
    const Producer producer(config, {kChattingTopic}, InfoLogger(), registry);
    Consumer first(config, {}, InfoLogger(), registry);
    Consumer second(config, {.name = "second"}, InfoLogger(), registry);
    const auto end = std::chrono::steady_clock::now() + kTestTimeout;
    while (!config.watch->trouble() && std::chrono::steady_clock::now() < end) {
      EXPECT_TRUE(first.Poll(10, milliseconds(20)).empty());
    }
    // Every client has tried several times meanwhile.
    EXPECT_FALSE(first.CountPartitions(milliseconds(500)));
    EXPECT_FALSE(second.CountPartitions(milliseconds(500)));
  }
  const std::string log = testing::internal::GetCapturedStdout();
  EXPECT_EQ(Count(log, "\n"), 1) << log;
  EXPECT_THAT(log, AllOf(HasSubstr("Kafka cannot be reached"), HasSubstr("Connection refused"),
                         HasSubstr(kNowhere)));
}

TEST(ConnectionWatchTest, ABrokerThatIsBackIsSaidOnce) {
  testing::internal::CaptureStdout();
  {
    EmbeddedBroker broker({});
    const ClientConfig config = ClientOf(broker, {{"statistics.interval.ms", "50"}});
    broker.SetDown(true);
    prometheus::Registry registry;
    Consumer consumer(config, {}, InfoLogger(), registry);
    const auto poll_until = [&](bool trouble) {
      const auto end = std::chrono::steady_clock::now() + kTestTimeout;
      while (config.watch->trouble().has_value() != trouble) {
        ASSERT_LT(std::chrono::steady_clock::now(), end);
        static_cast<void>(consumer.Poll(10, milliseconds(20)));
      }
    };
    poll_until(true);
    broker.SetDown(false);
    poll_until(false);
  }
  const std::string log = testing::internal::GetCapturedStdout();
  EXPECT_EQ(Count(log, "Kafka cannot be reached"), 1) << log;
  EXPECT_EQ(Count(log, "Kafka can be reached again"), 1) << log;
}

TEST(ConnectionWatchTest, AQuestionWithoutAnAnswerTellsWhy) {
  const ClientConfig config{.brokers = kNowhere, .properties = {}};
  ClientCallbacks silent;
  const ClientPtr client = MakeClient(ClientKind::kAdmin, config, silent);
  const TopicPtr topic = OpenTopic(client.get(), kMetaTopic);
  const TopicMetadata answer = DescribeTopic(client.get(), topic.get(), milliseconds(500));
  EXPECT_THAT(WhyNoAnswer(client.get(), config, answer.error),
              AllOf(HasSubstr("Kafka cannot be reached"), HasSubstr("Connection refused"),
                    HasSubstr("security.protocol")));
}

TEST(ConnectionWatchTest, WithoutAKnownTroubleTheReasonNamesTheBrokers) {
  const ClientConfig config{.brokers = kNowhere, .properties = {}};
  ClientCallbacks silent;
  const ClientPtr client =
      MakeClient(ClientKind::kAdmin, {.brokers = "", .properties = {}}, silent);
  EXPECT_EQ(WhyNoAnswer(client.get(), config, RD_KAFKA_RESP_ERR__TIMED_OUT),
            "Kafka at 127.0.0.1:1 does not answer: Local: Timed out");
}

TEST(ConnectionWatchTest, CopiesOfAConfigurationShareTheirWatch) {
  const ClientConfig one;
  const ClientConfig copy = one;
  const ClientConfig other;
  EXPECT_EQ(copy.watch, one.watch);
  EXPECT_NE(other.watch, one.watch);
}

}  // namespace
}  // namespace parley::kafka
