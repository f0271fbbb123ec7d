#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "services/common/kafka/group_member.h"
#include "services/common/kafka/log_store.h"
#include "services/common/position.h"
#include "tests/integration/await.h"
#include "tests/integration/brokers.h"
#include "tests/integration/retry_fixture.h"

namespace parley::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Owns partitions as a router does that is stopped: nobody else may own them, and it serves none.
class StoppedOwner final : public kafka::GroupListener {
 public:
  StoppedOwner(const std::string& brokers, const LogInfo& log)
      : member_({.brokers = brokers, .properties = {}}, log.epoch, logger_, *this) {}
  ~StoppedOwner() { member_.Leave(seconds(2)); }

  void OnOwned(const std::vector<kafka::OwnedPartition>& owned) override {
    const std::lock_guard lock(mutex_);
    owned_.clear();
    for (const kafka::OwnedPartition& entry : owned) owned_.push_back(entry.partition);
    changed_.notify_all();
  }
  std::vector<Partition> owned() {
    const std::lock_guard lock(mutex_);
    return owned_;
  }
  [[nodiscard]] bool AwaitAll(Partition count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, seconds(60),
                             [&] { return owned_.size() == static_cast<std::size_t>(count); });
  }

 private:
  const Logger logger_{"stopped-owner", LogLevel::kError, Logger::Format::kText};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Partition> owned_;
  kafka::GroupMember member_;  // Last: its thread calls the above.
};

class RetryTest : public RetryFixture {
 protected:
  void StartWithChannel(milliseconds window) {
    Start(window);
    const std::string channel = FreshChannel("retry");
    WatchChannel(channel);
    UseChannel(channel);
  }

  LogInfo Log() const {
    return kafka::LogStore({.brokers = cluster_->Broker(), .properties = {}})
        .Read(seconds(30))
        .info.value();
  }

  // A channel of each partition, watched.
  std::map<Partition, std::string> WatchEveryPartition(Partition partitions) {
    std::map<Partition, std::string> channels;
    while (channels.size() < static_cast<std::size_t>(partitions)) {
      const std::string channel = FreshChannel("adopted");
      channels.try_emplace(PartitionOf(ChannelName(channel), partitions), channel);
    }
    for (const auto& [partition, channel] : channels) WatchChannel(channel);
    return channels;
  }

  // Until routers own what the stopped owner does not, and serve what it does.
  void AwaitAdoption(StoppedOwner& owner, Partition partitions) {
    const auto adopted = [&] {
      const auto theirs = static_cast<double>(owner.owned().size());
      return theirs > 0 &&
             RouterMetric("parley_router_partitions_owned") + theirs ==
                 static_cast<double>(partitions) &&
             RouterMetric("parley_router_partitions_adopted") >= theirs;
    };
    Await("every partition is owned or adopted", adopted);
  }
};

TEST_F(RetryTest, ARepetitionIsShownOnceWithinTheWindowAndAgainBeyondIt) {
  StartWithChannel(seconds(4));
  SendSweepFirsts();
  Send(0, "chain");
  Send(0, "overtaken-long-ago", true);

  for (const char* name : {"at-once", "same-gateway", "never-marked", "other-users"}) Send(0, name);
  Send(1, "at-once", true);
  Send(3, "same-gateway", true);
  Send(1, "never-marked");
  SendAs(*other_user_, "other-users", true);
  Send(0, "overtaken", true);
  Send(1, "overtaken");
  Send(0, "marked-twice", true);
  Send(1, "marked-twice", true);

  AwaitAge("chain", window_ * 3 / 4 - milliseconds(200));
  Send(1, "chain", true);
  Send(1, "overtaken-long-ago");
  SendSweepCopies();
  AwaitAge("chain", window_ * 3 / 2 - milliseconds(400));
  Send(2, "chain", true);

  ExpectAllSeeWhatTheLogShows();
  EXPECT_EQ(TimesShown("at-once"), 1u);
  EXPECT_EQ(TimesShown("same-gateway"), 1u);
  EXPECT_EQ(TimesShown("never-marked"), Age("never-marked") <= kLate ? 1u : 2u);
  EXPECT_EQ(TimesShown("other-users"), 2u) << "an id is its sender's";
  EXPECT_EQ(TimesShown("overtaken"), 1u);
  EXPECT_EQ(TimesShown("marked-twice"), 1u);
  EXPECT_GT(Age("overtaken-long-ago"), kLate);
  EXPECT_EQ(TimesShown("overtaken-long-ago"), 2u) << "no first copy is that late (ADR 0011)";
  EXPECT_GT(Age("chain"), window_);
  EXPECT_EQ(TimesShown("chain"), 1u) << "each copy is within the window of the one before";
  ExpectSweepCutAtTheWindow();
}

TEST_F(RetryTest, RoutersThatStartAnewJudgeAsThoseBeforeThemDid) {
  StartWithChannel(seconds(15));
  SendSweepFirsts();
  for (const char* name : {"before", "while-away", "afterwards"}) Send(0, name);
  Send(1, "before", true);
  // Further back than routers read when they start.
  AwaitAge("afterwards", kLookBack * 2);

  cluster_->StopRouters();
  Send(1, "while-away", true);
  cluster_->StartRouters();
  Send(2, "before", true);
  Send(1, "afterwards", true);
  // The embedded broker knows no times: there they read from its beginning.
  const bool reads_from_times = !GivenBrokers().empty();
  if (reads_from_times) {
    Await("routers look back", [&] { return RouterMetric("parley_router_look_backs_total") > 0; });
  }
  SendSweepCopies();

  ExpectAllSeeWhatTheLogShows();
  for (const char* name : {"before", "while-away", "afterwards"}) {
    EXPECT_LE(Age(name), window_);
    EXPECT_EQ(TimesShown(name), 1u) << name;
  }
  ExpectSweepCutAtTheWindow();
}

TEST_F(RetryTest, ARouterThatAdoptsAPartitionJudgesAsItsOwnerWould) {
  Start(seconds(30));
  const LogInfo log = Log();
  const std::map<Partition, std::string> channels = WatchEveryPartition(log.partitions);
  for (const auto& [partition, channel] : channels) {
    UseChannel(channel);
    for (const char* name : {"while-away", "while-adopted", "beyond"}) Send(0, name);
  }

  cluster_->StopRouters();
  for (const auto& [partition, channel] : channels) {
    UseChannel(channel);
    Send(1, "while-away", true);
  }
  auto owner = std::make_unique<StoppedOwner>(cluster_->Broker(), log);
  ASSERT_TRUE(owner->AwaitAll(log.partitions));
  cluster_->StartRouters();
  AwaitAdoption(*owner, log.partitions);

  const Partition adopted = owner->owned().front();
  UseChannel(channels.at(adopted));
  Send(1, "while-adopted", true);
  Send(0, "at-once");
  Send(1, "at-once", true);
  AwaitAge("beyond", window_ + milliseconds(1));
  Send(1, "beyond", true);
  EXPECT_EQ(std::ranges::count(owner->owned(), adopted), 1) << "it was adopted all the time";
  owner.reset();

  ExpectAllSeeWhatTheLogShows();
  for (const char* name : {"while-away", "while-adopted", "at-once"}) {
    EXPECT_LE(Age(name), window_);
    EXPECT_EQ(TimesShown(name), 1u) << name;
  }
  EXPECT_GT(Age("beyond"), window_);
  EXPECT_EQ(TimesShown("beyond"), 2u);
}

}  // namespace
}  // namespace parley::test
