#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/registry.h>

#include "services/common/kafka/client_config.h"
#include "services/common/kafka/producer.h"
#include "services/common/rpc/loop.h"
#include "services/router/log/kafka_log.h"
#include "tests/integration/brokers.h"
#include "tests/integration/fresh_topics.h"
#include "tests/integration/topic_surgery.h"

namespace parley::test {
namespace {

using std::chrono::seconds;

constexpr Partition kPartition = 0;
constexpr router::RequestId kReading = 7;
constexpr LogEpoch kEpoch = 1;

// Hears what a log tells, and can hold up the loop that it is told on.
class HeldListener final : public router::LogListener {
 public:
  void Hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  bool AwaitEnd(Offset end) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, seconds(30), [&] { return end_ == end; });
  }
  // Where readings began.
  std::vector<Offset> begins() {
    const std::lock_guard lock(mutex_);
    return begins_;
  }

  void OnReading(const router::ReadingStart& start) override {
    const std::lock_guard lock(mutex_);
    begins_.push_back(start.from);
    changed_.notify_all();
  }
  void OnBatch(router::RequestId, const router::BatchPtr& batch) override {
    std::unique_lock lock(mutex_);
    end_ = batch->through() + 1;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !held_; });
  }
  void OnOwned(const std::vector<router::Ownership>&) override {}
  void OnHistory(const router::HistoryChunk&) override {}
  void OnBounds(Partition, const std::optional<router::LogBounds>&) override {}
  void OnProduced(Partition, router::RequestId, bool) override {}
  void OnLag(const std::vector<std::pair<Partition, std::int64_t>>&) override {}

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  Offset end_ = 0;
  std::vector<Offset> begins_;
};

class RetentionOnKafkaTest : public testing::Test {
 protected:
  RetentionOnKafkaTest() { MakeFreshTopics(); }
  ~RetentionOnKafkaTest() override { MakeFreshTopics(); }

  void Store(int count) {
    kafka::Producer producer(client_, {kafka::kChattingTopic}, logger_, registry_);
    for (int i = 0; i < count; ++i) {
      const auto accepted = producer.Produce(
          {kafka::kChattingTopic, kPartition, "general", R"({"content":"hi"})", {}},
          [](const kafka::Delivery&) {});
      ASSERT_EQ(accepted, kafka::Accepted::kYes);
    }
    ASSERT_TRUE(producer.Flush(seconds(30)));
  }

  const SystemClock clock_;
  const Logger logger_{"test", LogLevel::kError, Logger::Format::kText};
  prometheus::Registry registry_;
  // It fetches nothing ahead of what its reader has taken.
  kafka::ClientConfig client_{.brokers = GivenBrokers(),
                              .properties = {{"queued.min.messages", "1"}}};
};

TEST_F(RetentionOnKafkaTest, AReaderThatRetentionOvertookGoesOnAtTheLogsStart) {
  rpc::Loop loop("test");
  HeldListener listener;
  router::KafkaLog log(client_, kEpoch, {.batches_in_flight_max = 1}, {}, {.partitions = 32},
                       clock_, logger_, registry_, loop, listener);
  Store(10);
  loop.Run([&] { log.StartReading(kPartition, kReading, 0); });
  ASSERT_TRUE(listener.AwaitEnd(10));

  // One batch is held on the loop, another at the gate; what comes later is not read yet.
  listener.Hold(true);
  Store(1);
  ASSERT_TRUE(listener.AwaitEnd(11));
  Store(1);
  Store(8);
  DeleteRecordsBefore(GivenBrokers(), kafka::kChattingTopic, kPartition, 20);
  Store(5);
  listener.Hold(false);
  ASSERT_TRUE(listener.AwaitEnd(25));
  EXPECT_EQ(listener.begins(), (std::vector<Offset>{0, 20}));
  log.Stop(seconds(2));
  loop.Stop();
}

}  // namespace
}  // namespace parley::test
