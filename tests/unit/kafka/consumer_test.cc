#include "services/common/kafka/consumer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "tests/unit/kafka/kafka_test_support.h"

namespace parley::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = Message::Kind;

class ConsumerTest : public testing::Test {
 protected:
  void Store(Partition partition, int count) {
    Producer producer(ClientOf(broker_), {kChattingTopic}, TestLogger(), registry_);
    for (int i = 0; i < count; ++i) {
      ASSERT_EQ(producer.Produce(Chat(std::to_string(i), partition), [](const Delivery&) {}),
                Accepted::kYes);
    }
    ASSERT_TRUE(producer.Flush(kTestTimeout));
  }

  Consumer MakeConsumer(ClientKind kind) {
    return Consumer(ClientOf(broker_), {.kind = kind, .name = "reader", .topic = kChattingTopic},
                    TestLogger(), registry_);
  }

  prometheus::Registry registry_;
  EmbeddedBroker broker_{EmbeddedBrokerConfig{}};
};

TEST_F(ConsumerTest, ReadsSeveralPartitionsFromTheOffsetsAskedFor) {
  Store(1, 10);
  Store(2, 10);
  Consumer consumer = MakeConsumer(ClientKind::kReader);
  ASSERT_EQ(consumer.Start(1, 7), std::nullopt);
  ASSERT_EQ(consumer.Start(2, 9), std::nullopt);
  std::vector<Message> messages;
  ASSERT_TRUE(PollUntil(consumer, messages, [&] { return messages.size() >= 4; }));
  std::map<Partition, std::vector<Offset>> offsets;
  for (const Message& message : messages) {
    ASSERT_EQ(message.kind(), Kind::kRecord) << message.error();
    offsets[message.partition()].push_back(message.offset());
  }
  EXPECT_THAT(offsets[1], testing::ElementsAre(7, 8, 9));
  EXPECT_THAT(offsets[2], testing::ElementsAre(9));
}

TEST_F(ConsumerTest, AnOffsetBeyondTheEndIsReportedAndNotSkipped) {
  Store(0, 3);
  Consumer consumer = MakeConsumer(ClientKind::kReader);
  ASSERT_EQ(consumer.Start(0, 100), std::nullopt);
  std::vector<Message> messages;
  ASSERT_TRUE(PollUntil(consumer, messages, [&] { return !messages.empty(); }));
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].kind(), Kind::kOutOfRange) << messages[0].error();
  EXPECT_EQ(messages[0].partition(), 0);
  EXPECT_FALSE(messages[0].error().empty());

  messages.clear();
  ASSERT_EQ(consumer.Start(0, 0), std::nullopt);
  ASSERT_TRUE(PollUntil(consumer, messages, [&] { return messages.size() >= 3; }));
  EXPECT_EQ(messages[0].kind(), Kind::kRecord);
  EXPECT_EQ(messages[0].offset(), 0);
}

TEST_F(ConsumerTest, AnOffsetThatRetentionTookIsReportedAndNotSkipped) {
  Producer producer(ClientOf(broker_), {kChattingTopic}, TestLogger(), registry_);
  for (int i = 0; i < 120; ++i) {
    ASSERT_EQ(producer.Produce(Chat(std::string(100'000, 'x')), [](const Delivery&) {}),
              Accepted::kYes);
  }
  ASSERT_TRUE(producer.Flush(kTestTimeout));
  Consumer consumer = MakeConsumer(ClientKind::kReader);
  const auto marks = consumer.QueryWatermarks(0, kTestTimeout);
  ASSERT_TRUE(marks);
  ASSERT_GT(marks->low, 0);

  ASSERT_EQ(consumer.Start(0, marks->low - 1), std::nullopt);
  std::vector<Message> messages;
  ASSERT_TRUE(PollUntil(consumer, messages, [&] { return !messages.empty(); }));
  EXPECT_EQ(messages[0].kind(), Kind::kOutOfRange) << messages[0].error();
}

TEST_F(ConsumerTest, StartingElsewhereForgetsTheEarlierStart) {
  Store(0, 1000);
  Consumer consumer = MakeConsumer(ClientKind::kReader);
  ASSERT_EQ(consumer.Start(0, 0), std::nullopt);
  std::vector<Message> messages;
  for (Message& message : consumer.Poll(1, kTestTimeout)) messages.push_back(std::move(message));
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].offset(), 0);

  messages.clear();
  ASSERT_EQ(consumer.Start(0, 990), std::nullopt);
  ASSERT_TRUE(PollUntil(consumer, messages, [&] { return messages.size() >= 10; }));
  EXPECT_EQ(messages[0].offset(), 990);
}

TEST_F(ConsumerTest, AStoppedPartitionIsSilent) {
  Store(0, 5);
  Store(1, 5);
  Consumer consumer = MakeConsumer(ClientKind::kReader);
  ASSERT_EQ(consumer.Start(0, 0), std::nullopt);
  consumer.Stop(0);
  ASSERT_EQ(consumer.Start(1, 0), std::nullopt);
  std::vector<Message> messages;
  ASSERT_TRUE(PollUntil(consumer, messages, [&] { return messages.size() >= 5; }));
  for (const Message& message : messages) EXPECT_EQ(message.partition(), 1);
}

TEST_F(ConsumerTest, TellsTheEndOfEachPartitionWhereAsked) {
  Store(0, 2);
  Consumer consumer = MakeConsumer(ClientKind::kPresence);
  ASSERT_EQ(consumer.Start(0, kLogBegin), std::nullopt);
  ASSERT_EQ(consumer.Start(1, kLogBegin), std::nullopt);
  std::vector<Message> messages;
  std::map<Partition, Offset> ends;
  ASSERT_TRUE(PollUntil(consumer, messages, [&] {
    for (const Message& message : messages) {
      if (message.kind() == Kind::kEndOfPartition) ends[message.partition()] = message.offset();
    }
    return ends.size() == 2;
  }));
  EXPECT_EQ(ends[0], 2);
  EXPECT_EQ(ends[1], 0);
}

TEST_F(ConsumerTest, AnswersQuestionsAboutTheTopic) {
  Store(0, 4);
  Consumer consumer = MakeConsumer(ClientKind::kReader);
  EXPECT_EQ(consumer.CountPartitions(kTestTimeout), 8);
  const auto marks = consumer.QueryWatermarks(0, kTestTimeout);
  ASSERT_TRUE(marks);
  EXPECT_EQ(marks->low, 0);
  EXPECT_EQ(marks->high, 4);
  EXPECT_THAT(consumer.QueryEnds(8, kTestTimeout).value(),
              testing::ElementsAre(4, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_EQ(consumer.QueryOffsetAt(0, 0, kTestTimeout), 0);
}

TEST_F(ConsumerTest, QuestionsEndInTimeWhenKafkaIsGone) {
  broker_.SetDown(true);
  Consumer consumer = MakeConsumer(ClientKind::kReader);
  EXPECT_EQ(consumer.CountPartitions(milliseconds(50)), std::nullopt);
  EXPECT_FALSE(consumer.QueryWatermarks(0, milliseconds(50)));
  EXPECT_FALSE(consumer.QueryEnds(8, milliseconds(50)));
  EXPECT_EQ(consumer.QueryOffsetAt(0, 0, milliseconds(50)), std::nullopt);
}

TEST_F(ConsumerTest, GoesOnByItselfWhenKafkaIsBack) {
  Store(0, 1);
  Consumer consumer = MakeConsumer(ClientKind::kReader);
  ASSERT_EQ(consumer.Start(0, 0), std::nullopt);
  std::vector<Message> messages;
  ASSERT_TRUE(PollUntil(consumer, messages, [&] { return !messages.empty(); }));
  broker_.SetDown(true);
  for (const Message& message : consumer.Poll(10, milliseconds(200))) {
    EXPECT_EQ(message.kind(), Kind::kTransient);
  }
  broker_.SetDown(false);
  Store(0, 1);
  const auto has_second = [&] {
    return std::ranges::any_of(
        messages, [](const Message& m) { return m.kind() == Kind::kRecord && m.offset() == 1; });
  };
  EXPECT_TRUE(PollUntil(consumer, messages, has_second));
}

// It used to wait for a full batch, so that every message was late by up to the whole timeout.
TEST_F(ConsumerTest, PollReturnsAsSoonAsThereIsAnything) {
  Store(0, 1);
  Consumer consumer = MakeConsumer(ClientKind::kReader);
  ASSERT_EQ(consumer.Start(0, 0), std::nullopt);
  constexpr seconds kTimeout{30};
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(consumer.Poll(1000, kTimeout).size(), 1U);
  EXPECT_LT(std::chrono::steady_clock::now() - began, kTimeout / 2);
}

// With its broker gone, librdkafka's own look-up of watermarks waits for ever.
TEST_F(ConsumerTest, WatermarksAreGivenUpInTimeWhenKafkaGoesAway) {
  Consumer consumer = MakeConsumer(ClientKind::kReader);
  ASSERT_TRUE(consumer.QueryWatermarks(0, kTestTimeout));
  broker_.SetDown(true);
  constexpr seconds kTimeout{2};
  const auto began = std::chrono::steady_clock::now();
  EXPECT_FALSE(consumer.QueryWatermarks(0, kTimeout));
  EXPECT_LT(std::chrono::steady_clock::now() - began, kTestTimeout);
}

TEST_F(ConsumerTest, WakeEndsAWaitingPoll) {
  Consumer consumer = MakeConsumer(ClientKind::kReader);
  std::thread waker([&] { consumer.Wake(); });
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(consumer.Poll(10, seconds(20)).empty());
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(10));
  waker.join();
}

}  // namespace
}  // namespace parley::kafka
