#include "services/common/kafka/group_member.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/kafka/kafka_test_support.h"

namespace parley::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

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
  auto first = std::make_unique<GroupMember>(ClientOf(broker), TestLogger(), first_owns);
  GroupMember second(ClientOf(broker), TestLogger(), second_owns);
  ASSERT_TRUE(first_owns.AwaitCount(4));
  ASSERT_TRUE(second_owns.AwaitCount(4));

  std::set<Partition> all;
  for (const auto& [partition, committed] : first_owns.owned()) {
    EXPECT_EQ(committed, std::nullopt);
    all.insert(partition);
    first->Commit(partition, 100 + partition);
  }
  for (const auto& [partition, committed] : second_owns.owned()) all.insert(partition);
  EXPECT_EQ(all.size(), 8U);
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

TEST(GroupMemberTest, LeavesInTimeWhenKafkaIsGone) {
  EmbeddedBroker broker{EmbeddedBrokerConfig{}};
  Ownership owns;
  GroupMember member(ClientOf(broker), TestLogger(), owns);
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
  GroupMember member(nowhere, silent, owns);
  member.Leave(kTestTimeout);
  EXPECT_TRUE(owns.owned().empty());
}

}  // namespace
}  // namespace parley::kafka
