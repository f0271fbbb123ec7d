#include "services/common/kafka/producer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "services/common/chat_record.h"
#include "tests/unit/kafka/kafka_test_support.h"

namespace parley::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ProducerTest : public testing::Test {
 protected:
  std::unique_ptr<Producer> MakeProducer(std::map<std::string, std::string> properties = {}) {
    return std::make_unique<Producer>(ClientOf(broker_, std::move(properties)),
                                      std::vector<std::string>{kChattingTopic}, TestLogger(),
                                      registry_);
  }

  std::vector<std::string> ValuesIn(Partition partition) {
    Consumer consumer(ClientOf(broker_), {}, TestLogger(), registry_);
    std::vector<std::string> values;
    for (const Message& message : ReadPartition(consumer, partition)) {
      values.emplace_back(*message.raw().value);
    }
    return values;
  }

  bool AwaitConnected(const Producer& producer, bool connected) {
    const auto end = std::chrono::steady_clock::now() + kTestTimeout;
    while (producer.connected() != connected) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  prometheus::Registry registry_;
  EmbeddedBroker broker_{EmbeddedBrokerConfig{}};
};

TEST_F(ProducerTest, ReportsTheOffsetOfEachRecordInOrder) {
  const auto producer = MakeProducer();
  Reports reports;
  for (int i = 0; i < 100; ++i) {
    const std::string value = std::to_string(i);
    ASSERT_EQ(producer->Produce(Chat(value), reports.For(value)), Accepted::kYes);
  }
  const auto got = reports.Await(100);
  ASSERT_EQ(got.size(), 100U);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(got[static_cast<std::size_t>(i)].value, std::to_string(i));
    EXPECT_EQ(got[static_cast<std::size_t>(i)].delivery.outcome, StoreOutcome::kStored);
    EXPECT_EQ(got[static_cast<std::size_t>(i)].delivery.offset, i);
  }
}

TEST_F(ProducerTest, CarriesKeyValueAndHeaders) {
  const auto producer = MakeProducer();
  Reports reports;
  OutgoingRecord record = Chat("", 3);
  record.headers = {{"a", "1"}, {"b", ""}};
  ASSERT_EQ(producer->Produce(std::move(record), reports.For("only")), Accepted::kYes);
  ASSERT_EQ(reports.Await(1).size(), 1U);

  Consumer consumer(ClientOf(broker_), {}, TestLogger(), registry_);
  const auto messages = ReadPartition(consumer, 3);
  ASSERT_EQ(messages.size(), 1U);
  const RawRecord raw = messages[0].raw();
  EXPECT_EQ(raw.partition, 3);
  EXPECT_EQ(raw.offset, 0);
  EXPECT_EQ(raw.key, "general");
  EXPECT_EQ(raw.value, "");
  EXPECT_THAT(raw.headers, testing::ElementsAre(testing::Pair("a", "1"), testing::Pair("b", "")));
  EXPECT_GT(raw.time_ms, 0);
}

TEST_F(ProducerTest, IsConnectedSoonAfterTheStartWithoutProducing) {
  const auto producer = MakeProducer();
  EXPECT_TRUE(AwaitConnected(*producer, true));
}

TEST_F(ProducerTest, NoticesThatAllBrokersAreGone) {
  const auto producer = MakeProducer();
  ASSERT_TRUE(AwaitConnected(*producer, true));
  broker_.SetDown(true);
  EXPECT_TRUE(AwaitConnected(*producer, false));
}

TEST_F(ProducerTest, WithoutABrokerNothingIsStored) {
  const auto producer = MakeProducer({{"message.timeout.ms", "300"}});
  ASSERT_TRUE(AwaitConnected(*producer, true));
  broker_.SetDown(true);
  Reports reports;
  ASSERT_EQ(producer->Produce(Chat("a"), reports.For("a")), Accepted::kYes);
  const auto got = reports.Await(1);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].delivery.outcome, StoreOutcome::kNotStored);
  EXPECT_FALSE(got[0].delivery.reason.empty());

  broker_.SetDown(false);
  EXPECT_THAT(ValuesIn(0), testing::IsEmpty());
}

TEST_F(ProducerTest, AnUnansweredRecordIsUnknown) {
  const auto producer = MakeProducer({{"message.timeout.ms", "300"}});
  Reports reports;
  ASSERT_EQ(producer->Produce(Chat("first"), reports.For("first")), Accepted::kYes);
  ASSERT_EQ(reports.Await(1).size(), 1U);
  broker_.DelayAnswers(5000);
  ASSERT_EQ(producer->Produce(Chat("late"), reports.For("late")), Accepted::kYes);
  const auto got = reports.Await(2);
  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(got[1].delivery.outcome, StoreOutcome::kUnknown);

  broker_.DelayAnswers(0);
  EXPECT_THAT(ValuesIn(0), testing::Contains("late"));
}

// librdkafka reports a batch without an answer as stored when the next one is.
TEST_F(ProducerTest, ARecordIsNotStoredBecauseALaterOneIs) {
  const auto producer = MakeProducer({{"batch.num.messages", "1"}});
  ASSERT_TRUE(AwaitConnected(*producer, true));
  broker_.DelayAnswers(300);
  broker_.FailProduces(EmbeddedBroker::Fault::kTimedOut, 1);
  Reports reports;
  ASSERT_EQ(producer->Produce(Chat("lost"), reports.For("lost")), Accepted::kYes);
  ASSERT_EQ(producer->Produce(Chat("later"), reports.For("later")), Accepted::kYes);
  const auto got = reports.Await(2);
  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(got[0].value, "lost");
  EXPECT_EQ(got[0].delivery.outcome, StoreOutcome::kUnknown);
  EXPECT_EQ(got[1].delivery.outcome, StoreOutcome::kStored);

  broker_.DelayAnswers(0);
  EXPECT_THAT(ValuesIn(0), testing::ElementsAre("later"));
}

TEST_F(ProducerTest, ARefusedRecordIsNotStored) {
  const auto producer = MakeProducer();
  Reports reports;
  broker_.FailProduces(EmbeddedBroker::Fault::kTooLarge, 1);
  ASSERT_EQ(producer->Produce(Chat("large"), reports.For("large")), Accepted::kYes);
  ASSERT_EQ(producer->Produce(Chat("nowhere", 4711), reports.For("nowhere")), Accepted::kYes);
  const auto got = reports.Await(2);
  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(got[0].delivery.outcome, StoreOutcome::kNotStored);
  EXPECT_EQ(got[1].delivery.outcome, StoreOutcome::kNotStored);
  EXPECT_THAT(ValuesIn(0), testing::IsEmpty());
}

TEST_F(ProducerTest, SurvivesARetriableError) {
  const auto producer = MakeProducer();
  Reports reports;
  broker_.FailProduces(EmbeddedBroker::Fault::kNotEnoughReplicas, 2);
  ASSERT_EQ(producer->Produce(Chat("a"), reports.For("a")), Accepted::kYes);
  const auto got = reports.Await(1);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].delivery.outcome, StoreOutcome::kStored);
}

TEST_F(ProducerTest, ABrokerThatHasJustStartedIsNothingToComplainOf) {
  const Logger logger("test", LogLevel::kInfo, Logger::Format::kJson);
  testing::internal::CaptureStdout();
  broker_.PutOffProducers(1);
  Reports reports;
  {
    Producer producer(ClientOf(broker_), {kChattingTopic}, logger, registry_);
    ASSERT_EQ(producer.Produce(Chat("a"), reports.For("a")), Accepted::kYes);
    reports.Await(1);
  }
  const std::string log = testing::internal::GetCapturedStdout();
  EXPECT_EQ(reports.Await(1).front().delivery.outcome, StoreOutcome::kStored);
  EXPECT_THAT(log, testing::HasSubstr("GETPID"));
  EXPECT_THAT(log, testing::Not(testing::HasSubstr("\"warn\"")));
}

TEST_F(ProducerTest, AFullQueueIsSaidAtOnce) {
  const auto producer = MakeProducer({{"queue.buffering.max.messages", "10"}});
  broker_.SetDown(true);
  Reports reports;
  std::size_t accepted = 0;
  Accepted last = Accepted::kYes;
  for (int i = 0; i < 11 && last == Accepted::kYes; ++i) {
    last = producer->Produce(Chat("x"), reports.For("x"));
    if (last == Accepted::kYes) ++accepted;
  }
  EXPECT_EQ(last, Accepted::kQueueFull);
  EXPECT_EQ(accepted, 10U);
  broker_.SetDown(false);
  EXPECT_TRUE(producer->Flush(kTestTimeout));
  EXPECT_EQ(reports.Await(10).size(), 10U);
}

TEST_F(ProducerTest, ReportsWhatIsLeftWhenItEnds) {
  Reports reports;
  {
    const auto producer = MakeProducer();
    broker_.SetDown(true);
    ASSERT_EQ(producer->Produce(Chat("left"), reports.For("left")), Accepted::kYes);
    EXPECT_FALSE(producer->Flush(milliseconds(10)));
  }
  const auto got = reports.Await(1);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_NE(got[0].delivery.outcome, StoreOutcome::kStored);
}

// A fatal error leaves the producer unusable; what it had not stored is repeated by its successor.
TEST_F(ProducerTest, AFatalErrorLosesNothingAndKeepsTheOrder) {
  const auto producer = MakeProducer();
  Reports reports;
  ASSERT_EQ(producer->Produce(Chat("0"), reports.For("0")), Accepted::kYes);
  ASSERT_EQ(reports.Await(1).size(), 1U);

  broker_.FailProduces(EmbeddedBroker::Fault::kOutOfOrder, 1);
  constexpr int kRecords = 2000;
  for (int i = 1; i < kRecords; ++i) {
    const std::string value = std::to_string(i);
    ASSERT_EQ(producer->Produce(Chat(value, i % 2), reports.For(value)), Accepted::kYes);
  }
  const auto got = reports.Await(kRecords);
  ASSERT_EQ(got.size(), static_cast<std::size_t>(kRecords));
  for (const auto& report : got)
    EXPECT_EQ(report.delivery.outcome, StoreOutcome::kStored)
        << report.value << ": " << report.delivery.reason;

  Consumer consumer(ClientOf(broker_), {}, TestLogger(), registry_);
  std::set<int> seen;
  std::size_t marked = 0;
  for (const Partition partition : {0, 1}) {
    int last = -1;
    for (const Message& message : ReadPartition(consumer, partition)) {
      const RawRecord raw = message.raw();
      const int number = std::stoi(std::string(*raw.value));
      EXPECT_GT(number, last) << "partition " << partition;
      last = number;
      seen.insert(number);
      marked += static_cast<std::size_t>(
          std::ranges::count(raw.headers, std::pair(kRetryHeader, std::string_view("1"))));
    }
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kRecords));
  // The first was stored before; of the others at least the one that failed came back.
  EXPECT_GE(marked, 1U);
  EXPECT_TRUE(producer->Flush(kTestTimeout));
}

TEST_F(ProducerTest, ReportsOfAPartitionComeInTheOrderOfTheLogThroughAFatalError) {
  const auto producer = MakeProducer();
  Reports reports;
  broker_.FailProduces(EmbeddedBroker::Fault::kOutOfOrder, 1);
  constexpr std::size_t kRecords = 500;
  for (std::size_t i = 0; i < kRecords; ++i) {
    const std::string value = std::to_string(i);
    ASSERT_EQ(producer->Produce(Chat(value), reports.For(value)), Accepted::kYes);
  }
  const auto got = reports.Await(kRecords);
  ASSERT_EQ(got.size(), kRecords);
  for (std::size_t i = 1; i < kRecords; ++i) {
    EXPECT_GT(got[i].delivery.offset, got[i - 1].delivery.offset) << i;
  }
}

TEST_F(ProducerTest, ABadPropertyIsNamedAtTheStart) {
  try {
    MakeProducer({{"linger.ms", "soon"}});
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("linger.ms=soon"));
  }
}

}  // namespace
}  // namespace parley::kafka
