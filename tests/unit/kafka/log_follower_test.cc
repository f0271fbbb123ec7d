#include "services/common/kafka/log_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/unit/kafka/kafka_test_support.h"

namespace parley::kafka {
namespace {

using testing::ElementsAre;

// What a follower tells, kept for the test's thread.
class Told {
 public:
  std::unique_ptr<LogFollower> Follow(const ClientConfig& client) {
    return std::make_unique<LogFollower>(
        client, TestLogger(), [this](const std::string& reason) { Take(reasons_, reason); },
        [this](const LogInfo& info) { Take(epochs_, info.epoch); });
  }

  std::vector<LogEpoch> AwaitEpochs(std::size_t count) { return Await(epochs_, count); }
  std::vector<std::string> AwaitReasons(std::size_t count) { return Await(reasons_, count); }

 private:
  template <class What>
  void Take(std::vector<What>& list, const What& what) {
    const std::lock_guard lock(mutex_);
    list.push_back(what);
    changed_.notify_all();
  }
  template <class What>
  std::vector<What> Await(const std::vector<What>& list, std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kTestTimeout, [&] { return list.size() >= count; });
    return list;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<LogEpoch> epochs_;
  std::vector<std::string> reasons_;
};

class LogFollowerTest : public testing::Test {
 protected:
  LogInfo Stored() { return LogStore(client_).Read(kTestTimeout).info.value(); }

  EmbeddedBroker broker_{EmbeddedBrokerConfig{}};
  ClientConfig client_ = ClientOf(broker_);
  Told told_;
};

TEST_F(LogFollowerTest, TellsTheLogAndThenEachLargerEpoch) {
  const LogInfo first = Stored();
  const auto follower = told_.Follow(client_);
  ASSERT_THAT(told_.AwaitEpochs(1), ElementsAre(first.epoch));

  LogInfo next = first;
  next.epoch += 5;
  ASSERT_EQ(WriteLogInfo(client_, next, kTestTimeout), std::nullopt);
  ASSERT_THAT(told_.AwaitEpochs(2), ElementsAre(first.epoch, next.epoch));

  // A smaller one means nothing, and neither does the same with another window.
  LogInfo stale = first;
  stale.epoch += 1;
  ASSERT_EQ(WriteLogInfo(client_, stale, kTestTimeout), std::nullopt);
  LogInfo same = next;
  same.dedupe_window_ms += 1;
  ASSERT_EQ(WriteLogInfo(client_, same, kTestTimeout), std::nullopt);
  next.epoch += 1;
  ASSERT_EQ(WriteLogInfo(client_, next, kTestTimeout), std::nullopt);
  EXPECT_THAT(told_.AwaitEpochs(3), ElementsAre(first.epoch, first.epoch + 5, next.epoch));
}

TEST_F(LogFollowerTest, WithoutKafkaItSaysWhyAndGoesOnWhenKafkaIsThere) {
  const LogInfo first = Stored();
  broker_.SetDown(true);
  const auto follower = told_.Follow(client_);
  ASSERT_FALSE(told_.AwaitReasons(1).empty());
  broker_.SetDown(false);
  EXPECT_THAT(told_.AwaitEpochs(1), ElementsAre(first.epoch));
}

TEST_F(LogFollowerTest, FollowersThatRenewTogetherWriteTheSameEpoch) {
  const LogInfo first = Stored();
  Told other;
  const auto follower = told_.Follow(client_);
  const auto second_follower = other.Follow(client_);
  ASSERT_THAT(told_.AwaitEpochs(1), ElementsAre(first.epoch));
  ASSERT_THAT(other.AwaitEpochs(1), ElementsAre(first.epoch));

  follower->Renew(first.epoch);
  second_follower->Renew(first.epoch);
  EXPECT_THAT(told_.AwaitEpochs(2), ElementsAre(first.epoch, first.epoch + 1));
  EXPECT_THAT(other.AwaitEpochs(2), ElementsAre(first.epoch, first.epoch + 1));
  EXPECT_EQ(Stored().partitions, first.partitions);
  EXPECT_EQ(Stored().dedupe_window_ms, first.dedupe_window_ms);
}

TEST_F(LogFollowerTest, EvidenceAgainstAnEpochThatIsOverMeansNothing) {
  const LogInfo first = Stored();
  const auto follower = told_.Follow(client_);
  ASSERT_THAT(told_.AwaitEpochs(1), ElementsAre(first.epoch));
  LogInfo next = first;
  next.epoch += 10;
  ASSERT_EQ(WriteLogInfo(client_, next, kTestTimeout), std::nullopt);
  follower->Renew(first.epoch);
  ASSERT_THAT(told_.AwaitEpochs(2), ElementsAre(first.epoch, next.epoch));
  EXPECT_EQ(Stored().epoch, next.epoch);
}

}  // namespace
}  // namespace parley::kafka
