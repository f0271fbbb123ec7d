#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/cluster.h"
#include "tests/integration/kafka_nodes.h"
#include "tests/integration/member.h"
#include "tests/integration/order_oracle.h"
#include "tests/integration/topic_dump.h"

namespace parley::test {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

// More channels than a broker leads partitions of, so that the dead ones led some.
constexpr int kChannels = 12;
constexpr seconds kAckedWithin{20};
// The default deadline of a publish, and what an answer may take beyond it.
constexpr seconds kRefusedWithin{5 + 10};

// The ranges of the error codes: what begins with 2 may be tried again.
bool IsRetryable(v1::ErrorCode code) { return code / 100 == 2; }

std::size_t RefusalsOf(const Member& member, const std::string& id) {
  const std::vector<v1::Event> others = member.others();
  return static_cast<std::size_t>(std::count_if(
      others.begin(), others.end(),
      [&](const v1::Event& event) { return event.has_error() && event.error().id() == id; }));
}

class BrokersTest : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < kChannels; ++i) {
      channels_.push_back(FreshChannel("brokers"));
      ASSERT_TRUE(reader_.Join(channels_.back()));
    }
  }

  static std::string IdOf(const std::string& round, const std::string& channel) {
    return round + "/" + channel;
  }

  void PublishToAll(const std::string& round, bool retry) {
    for (const std::string& channel : channels_) {
      sender_.Publish(channel, IdOf(round, channel), "message", retry);
    }
  }

  // Repeats the publish of this id, as a client does, until it is acked.
  void RepeatUntilAcked(const std::string& round, const std::string& channel,
                        steady_clock::time_point deadline) {
    const std::string id = IdOf(round, channel);
    std::size_t refusals = RefusalsOf(sender_, id);
    const auto acked = [&](const Member& m) { return m.acks().contains(id); };
    while (!acked(sender_)) {
      ASSERT_LT(steady_clock::now(), deadline) << id << " was refused " << refusals << " times";
      sender_.Publish(channel, id, "message", /*retry=*/true);
      ASSERT_TRUE(sender_.WaitUntil([&](const Member& m) {
        return acked(m) || RefusalsOf(m, id) > refusals;
      })) << id
          << " was never answered";
      refusals = RefusalsOf(sender_, id);
    }
  }

  // How long it took until a publish to every channel was acked, those that had to be repeated
  // too.
  void ExpectAcked(const std::string& round, bool retry) {
    const auto begin = steady_clock::now();
    PublishToAll(round, retry);
    for (const std::string& channel : channels_) {
      const std::string id = IdOf(round, channel);
      ASSERT_TRUE(sender_.WaitUntil(
          [&](const Member& m) { return m.acks().contains(id) || RefusalsOf(m, id) > 0; }));
      RepeatUntilAcked(round, channel, begin + kAckedWithin);
    }
    const std::chrono::duration<double> took = steady_clock::now() - begin;
    std::printf("%s: acked after %.1f s\n", round.c_str(), took.count());
    ExpectDelivered(round);
  }

  void ExpectDelivered(const std::string& round) {
    EXPECT_TRUE(reader_.WaitUntil([&](const Member& m) {
      std::size_t count = 0;
      for (const v1::Message& message : m.messages()) count += message.id().starts_with(round);
      return count >= channels_.size();
    })) << round;
  }

  void ExpectRefusedInTime(const std::string& round) {
    PublishToAll(round, /*retry=*/false);
    const auto deadline = steady_clock::now() + kRefusedWithin;
    for (const std::string& channel : channels_) {
      const std::string id = IdOf(round, channel);
      const auto left = std::chrono::ceil<seconds>(deadline - steady_clock::now());
      EXPECT_TRUE(sender_.WaitUntil([&](const Member& m) { return RefusalsOf(m, id) > 0; }, left))
          << id << " was not answered in time";
      EXPECT_FALSE(sender_.acks().contains(id)) << id;
    }
    for (const v1::Event& event : sender_.others()) {
      if (!event.has_error() || !event.error().id().starts_with(round)) continue;
      EXPECT_TRUE(IsRetryable(event.error().code())) << event.error().ShortDebugString();
    }
  }

  // Every channel as the log has it, the repeated ones once.
  void ExpectReaderAgreesWithTheLog() {
    const std::vector<DumpedRecord> dump = DumpTopic(cluster_.Broker(), "chatting");
    for (const std::string& channel : channels_) {
      std::set<std::string> seen;
      std::vector<std::string> expected;
      for (const std::string& id : IdsInLogOrder(dump, channel)) {
        if (seen.insert(id).second) expected.push_back(id);
      }
      std::vector<v1::Message> received;
      for (const v1::Message& message : reader_.messages()) {
        if (message.channel() == channel) received.push_back(message);
      }
      EXPECT_EQ(WhatIsWrong(received, expected), "") << channel;
    }
  }

  // First, so that the brokers are up again when the cluster is taken down.
  Cluster cluster_{{.gateways = 2, .routers = 2}};
  KafkaNodes nodes_;
  Member reader_{cluster_.Gateway(1), "reader"};
  Member sender_{cluster_.Gateway(0), "sender"};
  std::vector<std::string> channels_;
};

TEST_F(BrokersTest, APublishIsAckedWithoutOneOfThreeRefusedWithoutTwoAndAckedWhenTheyAreBack) {
  ExpectAcked("all-up", /*retry=*/false);
  nodes_.Kill(1);
  ExpectAcked("one-down", /*retry=*/false);
  nodes_.Kill(2);
  ExpectRefusedInTime("two-down");
  nodes_.StartKilled();
  ExpectAcked("two-down", /*retry=*/true);
  ExpectAcked("up-again", /*retry=*/false);
  ExpectReaderAgreesWithTheLog();
}

}  // namespace
}  // namespace parley::test
