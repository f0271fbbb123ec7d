#include "services/common/kafka/group_member.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/kafka/kafka_test_support.h"

namespace parley::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr LogEpoch kEpoch = 1'795'179'600'000;

// Remembers what a member owns.
class Ownership final : public GroupListener {
 public:
  void OnOwned(const std::vector<OwnedPartition>& owned) override {
    const std::lock_guard lock(mutex_);
    owned_.clear();
    for (const OwnedPartition& partition : owned) owned_[partition.partition] = partition.committed;
    changed_.notify_all();
  }

  bool AwaitCount(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kTestTimeout, [&] { return owned_.size() == count; });
  }

  std::map<Partition, std::optional<Offset>> owned() {
    const std::lock_guard lock(mutex_);
    return owned_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Partition, std::optional<Offset>> owned_;
};

// True once each owns half of the eight, and both together all. While the group forms, a member can
// still hold what an earlier generation gave it.
bool AwaitHalves(Ownership& first, Ownership& second) {
  const auto end = std::chrono::steady_clock::now() + kTestTimeout;
  while (std::chrono::steady_clock::now() < end) {
    if (!first.AwaitCount(4) || !second.AwaitCount(4)) return false;
    std::map<Partition, std::optional<Offset>> all = first.owned();
    all.merge(second.owned());
    if (all.size() == 8) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return false;
}

// True when the group's committed offset of the partition becomes this one.
bool AwaitCommitted(const EmbeddedBroker& broker, Partition partition, Offset offset) {
  ClientCallbacks silent;
  const ClientPtr client = MakeClient(ClientKind::kGroupMember, ClientOf(broker), silent);
  const PartitionListPtr list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), kChattingTopic, partition);
  const auto end = std::chrono::steady_clock::now() + kTestTimeout;
  while (std::chrono::steady_clock::now() < end) {
    rd_kafka_committed(client.get(), list.get(), 1000);
    if (list->elems[0].offset == offset) return true;
  }
  return false;
}

// One test for the whole life of a group: the embedded broker's group takes 3 s to form.
TEST(GroupMemberTest, MembersSharePartitionsAndTakeOverWithTheCommittedOffsets) {
  EmbeddedBroker broker{EmbeddedBrokerConfig{}};
  Ownership first_owns;
  Ownership second_owns;
  auto first = std::make_unique<GroupMember>(ClientOf(broker), kEpoch, TestLogger(), first_owns);
  GroupMember second(ClientOf(broker), kEpoch, TestLogger(), second_owns);
  ASSERT_TRUE(AwaitHalves(first_owns, second_owns));

  for (const auto& [partition, committed] : first_owns.owned()) {
    EXPECT_EQ(committed, std::nullopt);
    first->Commit(partition, 100 + partition);
  }
  const Partition of_second = second_owns.owned().begin()->first;
  first->Commit(of_second, 4711);  // Not its own: means nothing.
  EXPECT_TRUE(AwaitCommitted(broker, first_owns.owned().begin()->first,
                             100 + first_owns.owned().begin()->first));

  const auto of_first = first_owns.owned();
  first->Leave(kTestTimeout);
  EXPECT_EQ(first_owns.owned().size(), 4U) << "the listener heard something after Leave";
  ASSERT_TRUE(second_owns.AwaitCount(8));
  for (const auto& [partition, committed] : second_owns.owned()) {
    const std::optional<Offset> expected =
        of_first.contains(partition) ? std::optional<Offset>(100 + partition) : std::nullopt;
    EXPECT_EQ(committed, expected) << "partition " << partition;
  }
}

// Kafka forgets the offsets of a topic that was deleted only after a while, and its members may
// commit some more until they know.
TEST(GroupMemberTest, OffsetsOfAnEarlierEpochAreNoneAndOfALaterOneEndTheMembersRights) {
  EmbeddedBroker broker{EmbeddedBrokerConfig{}};
  {
    Ownership owns;
    GroupMember member(ClientOf(broker), kEpoch, TestLogger(), owns);
    ASSERT_TRUE(owns.AwaitCount(8));
    member.Commit(0, 100);
    ASSERT_TRUE(AwaitCommitted(broker, 0, 100));
  }
  {
    Ownership owns;
    GroupMember member(ClientOf(broker), kEpoch, TestLogger(), owns);
    ASSERT_TRUE(owns.AwaitCount(8));
    EXPECT_EQ(owns.owned().at(0), 100);
  }
  Ownership owns;
  GroupMember later(ClientOf(broker), kEpoch + 1, TestLogger(), owns);
  ASSERT_TRUE(owns.AwaitCount(8));
  EXPECT_EQ(owns.owned().at(0), std::nullopt);
  later.Commit(0, 5);
  ASSERT_TRUE(AwaitCommitted(broker, 0, 5));
  later.Leave(kTestTimeout);

  Ownership of_the_past;
  GroupMember earlier(ClientOf(broker), kEpoch, TestLogger(), of_the_past);
  Ownership of_the_present;
  GroupMember present(ClientOf(broker), kEpoch + 1, TestLogger(), of_the_present);
  ASSERT_TRUE(of_the_present.AwaitCount(4));
  EXPECT_TRUE(of_the_past.owned().empty() || !of_the_past.owned().contains(0));
}

TEST(GroupMemberTest, LeavesInTimeWhenKafkaIsGone) {
  EmbeddedBroker broker{EmbeddedBrokerConfig{}};
  Ownership owns;
  GroupMember member(ClientOf(broker), kEpoch, TestLogger(), owns);
  ASSERT_TRUE(owns.AwaitCount(8));
  member.Commit(0, 1);
  broker.SetDown(true);
  const auto start = std::chrono::steady_clock::now();
  member.Leave(milliseconds(300));
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(3));
}

TEST(GroupMemberTest, LeavesWithoutEverHavingMetKafka) {
  Ownership owns;
  const ClientConfig nowhere{.brokers = "127.0.0.1:1", .properties = {}, .embedded = true};
  const Logger silent("test", LogLevel::kError, Logger::Format::kText);
  GroupMember member(nowhere, kEpoch, silent, owns);
  member.Leave(kTestTimeout);
  EXPECT_TRUE(owns.owned().empty());
}

}  // namespace
}  // namespace parley::kafka
