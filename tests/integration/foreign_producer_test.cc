#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/integration/await.h"
#include "tests/integration/child.h"
#include "tests/integration/cluster.h"
#include "tests/integration/member.h"
#include "tests/integration/topic_dump.h"

namespace parley::test {
namespace {

constexpr int kChannels = 20;

// kcat without a partitioner option: CRC32, not Java's murmur2, so most records land in another
// partition than a gateway would choose.
void ProduceWithKcat(const std::string& broker, const std::string& key, const std::string& value) {
  const Finished kcat = RunToEnd({"kcat", "-P", "-b", broker, "-t", "chatting", "-k", key}, value);
  ASSERT_EQ(kcat.exit_code, 0) << kcat.errors;
}

std::size_t DeadLettersOf(const std::string& broker, const std::string& key) {
  std::size_t count = 0;
  for (const DumpedRecord& record : DumpTopic(broker, "chatting.dead-letter")) {
    if (record.key != key) continue;
    EXPECT_FALSE(record.headers.at("parley-reason").empty());
    ++count;
  }
  return count;
}

TEST(ForeignProducerTest, JsonOfKcatReachesTheMembersWhicheverPartitionItLandedIn) {
  Cluster cluster({.gateways = 2, .routers = 2});
  Member member(cluster.Gateway(1), "ann");
  std::vector<std::string> channels;
  for (int i = 0; i < kChannels; ++i) {
    channels.push_back(FreshChannel("kcat" + std::to_string(i)));
    ASSERT_TRUE(member.Join(channels.back()));
  }
  for (const std::string& channel : channels) {
    ProduceWithKcat(cluster.Broker(), channel, R"({"content":"hi","user_id":"bob"})");
  }
  ASSERT_TRUE(member.WaitUntil([](const Member& m) { return m.message_count() == kChannels; }));
  std::set<std::string> reached;
  for (const v1::Message& message : member.messages()) {
    EXPECT_EQ(message.content(), "hi");
    EXPECT_EQ(message.sender(), "bob");
    EXPECT_FALSE(message.id().empty());
    reached.insert(message.channel());
  }
  EXPECT_EQ(reached.size(), channels.size());
  // Otherwise no record lay in a foreign place, and the test did not test what it says. Routers
  // bring their metrics up to date now and then, so this may take a moment.
  Await("routers have forwarded something", [&] {
    return Cluster::Metric(cluster.RouterAdmin(0), "parley_router_forwarded_total") +
               Cluster::Metric(cluster.RouterAdmin(1), "parley_router_forwarded_total") >
           0;
  });
}

TEST(ForeignProducerTest, GarbageIsDeadLetteredOnceAndDeliveryGoesOn) {
  Cluster cluster({.gateways = 1, .routers = 2});
  const std::string channel = FreshChannel("garbage");
  Member member(cluster.Gateway(0), "ann");
  ASSERT_TRUE(member.Join(channel));

  ProduceWithKcat(cluster.Broker(), channel, "{broken");
  ProduceWithKcat(cluster.Broker(), channel, R"({"content":"after"})");
  ASSERT_TRUE(member.WaitUntil([](const Member& m) { return m.message_count() == 1; }));
  EXPECT_EQ(member.messages()[0].content(), "after");
  EXPECT_EQ(member.messages()[0].sender(), "anonymous");

  // The dead letter is written beside the delivery: wait for it, then for another message behind
  // it.
  while (DeadLettersOf(cluster.Broker(), channel) == 0) {
  }
  ProduceWithKcat(cluster.Broker(), channel, R"({"content":"last"})");
  ASSERT_TRUE(member.WaitUntil([](const Member& m) { return m.message_count() == 2; }));
  EXPECT_EQ(DeadLettersOf(cluster.Broker(), channel), 1u);
}

}  // namespace
}  // namespace parley::test
