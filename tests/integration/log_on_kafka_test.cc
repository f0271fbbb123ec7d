#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "services/common/kafka/admin.h"
#include "services/common/kafka/client_config.h"
#include "services/common/kafka/log_store.h"
#include "services/common/kafka/topic_spec.h"
#include "services/common/position.h"
#include "tests/integration/brokers.h"
#include "tests/integration/child.h"
#include "tests/integration/cluster.h"
#include "tests/integration/fresh_topics.h"
#include "tests/integration/member.h"
#include "tests/integration/topic_surgery.h"

namespace parley::test {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

constexpr Partition kPartitions = 32;
constexpr seconds kTimeout{30};

LogInfo StoredLog() {
  return kafka::LogStore({.brokers = GivenBrokers(), .properties = {}}).Read(kTimeout).info.value();
}

LogEpoch EpochOf(const std::string& token) { return DecodeToken(token).value().position.epoch; }

void ProduceTo(Partition partition, const std::string& channel, const std::string& content) {
  Finished kcat{.exit_code = 1, .output = "", .errors = ""};
  // A broker may not have heard of a new partition yet.
  for (int attempt = 0; attempt < 50 && kcat.exit_code != 0; ++attempt) {
    kcat = RunToEnd({"kcat", "-P", "-b", GivenBrokers(), "-t", kafka::kChattingTopic, "-k", channel,
                     "-p", std::to_string(partition)},
                    R"({"content":")" + content + R"(","user_id":"bob"})");
  }
  ASSERT_EQ(kcat.exit_code, 0) << kcat.errors;
}

// Publishes until it is acked, as a client does while the log changes under it.
std::string PublishUntilAcked(Member& member, const std::string& channel, const std::string& id,
                              const std::function<bool(LogEpoch)>& in_epoch) {
  for (int attempt = 0; attempt < 120; ++attempt) {
    const std::string name = id + "-" + std::to_string(attempt);
    member.Publish(channel, name, "message");
    static_cast<void>(
        member.WaitUntil([&](const Member& m) { return m.acks().contains(name); }, seconds(1)));
    const auto acks = member.acks();
    const auto ack = acks.find(name);
    if (ack != acks.end() && in_epoch(EpochOf(ack->second))) return name;
  }
  return "";
}

bool ToldOfEpoch(const Member& member, const std::string& channel) {
  return std::ranges::any_of(member.others(), [&](const v1::Event& event) {
    return event.discontinuity().channel() == channel &&
           event.discontinuity().reason() == v1::DISCONTINUITY_EPOCH;
  });
}

bool HasMessage(const Member& member, const std::string& id) {
  return std::ranges::any_of(member.messages(),
                             [&](const v1::Message& message) { return message.id() == id; });
}

// What becomes of a running Parley when the log changes under it. Every test leaves fresh topics
// behind.
class LogOnKafkaTest : public testing::Test {
 protected:
  void SetUp() override { MakeFreshTopics(); }
  void TearDown() override { MakeFreshTopics(); }

  // A session goes on in the new log, and is told; a token of the old one is not taken for one of
  // the new one.
  void ExpectNewEpochAfter(const std::function<void()>& recreate) {
    Cluster cluster({.gateways = 2, .routers = 2});
    const LogEpoch old_epoch = StoredLog().epoch;
    const std::string channel = FreshChannel("epoch");
    Member ann(cluster.Gateway(0), "ann");
    ASSERT_TRUE(ann.Join(channel));
    for (int i = 0; i < 50; ++i) ann.Publish(channel, "old" + std::to_string(i), "message");
    ASSERT_TRUE(ann.WaitUntil(
        [](const Member& m) { return m.message_count() == 50 && m.ack_count() == 50; }));
    const std::string old_token = ann.messages().back().position();
    ASSERT_EQ(EpochOf(old_token), old_epoch);

    recreate();
    ASSERT_TRUE(ann.WaitUntil([&](const Member& m) { return ToldOfEpoch(m, channel); }));
    const std::string id =
        PublishUntilAcked(ann, channel, "new", [&](LogEpoch epoch) { return epoch > old_epoch; });
    ASSERT_NE(id, "");
    EXPECT_TRUE(ann.WaitUntil([&](const Member& m) { return HasMessage(m, id); }));

    Member bob(cluster.Gateway(1), "bob");
    ASSERT_TRUE(bob.Join(channel, old_token));
    const std::vector<v1::Event> others = bob.others();
    EXPECT_TRUE(std::ranges::any_of(others, [](const v1::Event& event) {
      return event.joined().recovery() == v1::RECOVERY_OTHER_EPOCH;
    }));
    const std::string both =
        PublishUntilAcked(bob, channel, "both", [&](LogEpoch epoch) { return epoch > old_epoch; });
    EXPECT_TRUE(ann.WaitUntil([&](const Member& m) { return HasMessage(m, both); }));
    EXPECT_TRUE(bob.WaitUntil([&](const Member& m) { return HasMessage(m, both); }));
  }
};

TEST_F(LogOnKafkaTest, ATopicRecreatedByEnsureIsANewLogForEverybody) {
  const LogEpoch old_epoch = StoredLog().epoch;
  ExpectNewEpochAfter([] {
    DeleteEverywhere(kafka::kChattingTopic);
    const Finished ensure =
        RunToEnd({Program("parley"), "topics", "ensure", "--kafka-brokers", GivenBrokers()});
    EXPECT_EQ(ensure.exit_code, 0) << ensure.output;
  });
  EXPECT_GT(StoredLog().epoch, old_epoch);
}

TEST_F(LogOnKafkaTest, ATopicRecreatedBehindParleysBackIsNoticedByItsEnd) {
  const LogEpoch old_epoch = StoredLog().epoch;
  ExpectNewEpochAfter([] {
    kafka::Admin admin({.brokers = GivenBrokers(), .properties = {}});
    const kafka::TopicMetadata found = admin.Describe(kafka::kChattingTopic, kTimeout);
    DeleteEverywhere(kafka::kChattingTopic);
    CreateEverywhere({.name = kafka::kChattingTopic,
                      .partitions = kPartitions + 3,
                      .replication = found.replicas,
                      .settings = {}});
  });
  EXPECT_EQ(StoredLog().epoch, old_epoch + 1) << "what every router writes";
  EXPECT_EQ(StoredLog().partitions, kPartitions + 3);
}

// A producer asks for a topic's partitions every half a minute, unless it is told to.
TEST_F(LogOnKafkaTest, APublishToAPartitionThatTheOldTopicHadNotIsStoredSoon) {
  Cluster cluster({.gateways = 1, .routers = 1});
  const LogEpoch old_epoch = StoredLog().epoch;
  constexpr Partition kMore = 2 * kPartitions;
  std::string channel = FreshChannel("beyond");
  while (PartitionOf(ChannelName(channel), kMore) < kPartitions) channel = FreshChannel("beyond");
  Member ann(cluster.Gateway(0), "ann");
  ASSERT_TRUE(ann.Join(channel));
  ASSERT_NE(PublishUntilAcked(ann, channel, "old", [](LogEpoch) { return true; }), "");

  DeleteEverywhere(kafka::kChattingTopic);
  const Finished ensure = RunToEnd({Program("parley"), "topics", "ensure", "--kafka-brokers",
                                    GivenBrokers(), "--partitions", std::to_string(kMore)});
  ASSERT_EQ(ensure.exit_code, 0) << ensure.output;
  ASSERT_TRUE(ann.WaitUntil([&](const Member& m) { return ToldOfEpoch(m, channel); }));
  const auto begun = std::chrono::steady_clock::now();
  const std::string id =
      PublishUntilAcked(ann, channel, "new", [&](LogEpoch epoch) { return epoch > old_epoch; });
  ASSERT_NE(id, "");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(20));
  EXPECT_TRUE(ann.WaitUntil([&](const Member& m) { return HasMessage(m, id); }));
}

TEST_F(LogOnKafkaTest, ARecordInAnAddedPartitionIsShownOnce) {
  Cluster cluster({.gateways = 2, .routers = 2});
  const std::string channel = FreshChannel("raised");
  Member ann(cluster.Gateway(0), "ann");
  Member bob(cluster.Gateway(1), "bob");
  ASSERT_TRUE(ann.Join(channel));
  ASSERT_TRUE(bob.Join(channel));
  const Partition added = kPartitions + 1;
  RaisePartitions(GivenBrokers(), kafka::kChattingTopic, added + 1);

  ProduceTo(added, channel, "first");
  ProduceTo(added, channel, "second");
  ann.Publish(channel, "own", "own");
  ASSERT_TRUE(ann.WaitUntil([](const Member& m) { return m.message_count() == 3; }));
  ASSERT_TRUE(bob.WaitUntil([](const Member& m) { return m.message_count() == 3; }));
  // What follows shows that nothing came twice.
  ProduceTo(added, channel, "third");
  ASSERT_TRUE(ann.WaitUntil([](const Member& m) { return m.message_count() >= 4; }));
  std::multiset<std::string> contents;
  for (const v1::Message& message : ann.messages()) contents.insert(message.content());
  EXPECT_EQ(contents, (std::multiset<std::string>{"first", "own", "second", "third"}));
  EXPECT_EQ(StoredLog().partitions, kPartitions) << "channels stay where they are";

  const Finished check =
      RunToEnd({Program("parley"), "topics", "check", "--kafka-brokers", GivenBrokers()});
  EXPECT_EQ(check.exit_code, 0) << check.output;
  EXPECT_THAT(check.output, HasSubstr("chatting has grown to 34 partitions"));
}

}  // namespace
}  // namespace parley::test
