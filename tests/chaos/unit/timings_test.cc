#include "tests/chaos/timings.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parley::chaos {
namespace {

using Kind = CompactLog::Kind;

constexpr std::int64_t kSecond = 1'000'000;

// Ann sends to general, Bob receives on gateway 1; times in tenths of a second.
class TimingsTest : public testing::Test {
 protected:
  void Send(const std::string& id, std::int64_t tenths) {
    ann_.Add(Kind::kInvoke, tenths * kSecond / 10, "general", id);
  }
  void Receive(const std::string& id, std::int64_t tenths) {
    bob_.Add(Kind::kReceived, tenths * kSecond / 10, "general", id, "p" + id);
  }
  void Attach(int gateway, std::int64_t tenths) {
    attachments_.push_back({tenths * kSecond / 10, gateway});
  }
  std::vector<Crowd::Record> Records() const {
    return {{ann_, none_}, {bob_, attachments_, true, 0, 1}};
  }
  static Fault FaultAt(FaultKind kind, std::int64_t begin_tenths, std::int64_t end_tenths,
                       int gateway = -1) {
    Fault fault{.kind = kind, .gateway = gateway};
    fault.begin_us = begin_tenths * kSecond / 10;
    fault.end_us = end_tenths * kSecond / 10;
    return fault;
  }

  Words words_;
  CompactLog ann_{words_, "ann"};
  CompactLog bob_{words_, "bob"};
  std::vector<Attachment> attachments_ = {{0, 1}};
  const std::vector<Attachment> none_;
};

TEST_F(TimingsTest, ASilenceIsTheLongestTimeWithoutADelivery) {
  for (const int tenths : {5, 11, 30, 35, 90}) Receive(std::to_string(tenths), tenths);
  const std::vector<Fault> faults = {FaultAt(FaultKind::kRouterKill, 10, 20)};
  EXPECT_DOUBLE_EQ(Silences(Records(), faults).at(FaultKind::kRouterKill).worst, 5.5);
}

TEST_F(TimingsTest, ASilenceOfAReceiverWhoseGatewayWasHurtDoesNotCount) {
  for (const int tenths : {5, 30, 31}) Receive(std::to_string(tenths), tenths);
  std::vector<Fault> faults = {FaultAt(FaultKind::kRouterKill, 10, 20),
                               FaultAt(FaultKind::kGatewayStop, 15, 25, 1)};
  EXPECT_EQ(Silences(Records(), faults).at(FaultKind::kRouterKill).worst, 0);
  faults[1].gateway = 2;
  EXPECT_GT(Silences(Records(), faults).at(FaultKind::kRouterKill).worst, 1.9);
}

TEST_F(TimingsTest, ASilenceOfAReceiverThatDidNotReadAllTheTimeDoesNotCount) {
  Attach(-1, 12);
  Attach(1, 28);
  for (const int tenths : {5, 30, 31}) Receive(std::to_string(tenths), tenths);
  const std::vector<Fault> faults = {FaultAt(FaultKind::kRouterKill, 10, 20)};
  EXPECT_EQ(Silences(Records(), faults).at(FaultKind::kRouterKill).worst, 0);
}

TEST_F(TimingsTest, ASilenceBesideABrokenBrokerDoesNotCount) {
  for (const int tenths : {5, 30, 31}) Receive(std::to_string(tenths), tenths);
  const std::vector<Fault> faults = {FaultAt(FaultKind::kRouterKill, 10, 20),
                                     FaultAt(FaultKind::kLeaderKill, 15, 40)};
  const auto silences = Silences(Records(), faults);
  EXPECT_FALSE(silences.contains(FaultKind::kRouterKill));
  EXPECT_EQ(silences.at(FaultKind::kLeaderKill).count, 1u);
}

TEST_F(TimingsTest, TheLongestSilenceOfAllCountsThoseOfHurtGatewaysToo) {
  Attach(-1, 12);
  for (const int tenths : {5, 30, 31}) Receive(std::to_string(tenths), tenths);
  const ClientSilence longest = LongestSilenceOfAll({{bob_, attachments_}}, kSecond, 3 * kSecond);
  EXPECT_EQ(longest.user, "bob");
  EXPECT_DOUBLE_EQ(longest.seconds, 2.0);
}

TEST_F(TimingsTest, ALatencyIsThatOfWhatWasSentInTime) {
  Send("a", 9);
  Send("b", 10);
  Send("c", 20);
  Receive("a", 19);
  Receive("b", 12);
  Receive("c", 30);
  const Latency latency = LatencyBetween(Records(), kSecond, 2 * kSecond);
  EXPECT_EQ(latency.deliveries, 1u);
  EXPECT_DOUBLE_EQ(latency.p99, 0.2);
}

TEST_F(TimingsTest, ALatencyOfAReceiverThatWasAwayDoesNotCount) {
  Send("a", 10);
  Attach(-1, 11);
  Attach(0, 15);
  Receive("a", 16);
  EXPECT_EQ(LatencyBetween(Records(), kSecond, 2 * kSecond).deliveries, 0u);
}

TEST_F(TimingsTest, AClientIsResumedOnceItIsInAllItsChannels) {
  bob_.Add(Kind::kDisconnected, 11 * kSecond / 10, "");
  bob_.Add(Kind::kJoined, 12 * kSecond / 10, "@bob");
  bob_.Add(Kind::kJoined, 15 * kSecond / 10, "general");
  std::vector<Fault> faults = {FaultAt(FaultKind::kGatewayKill, 10, 20, 1)};
  EXPECT_DOUBLE_EQ(ResumesAfterGatewayKill(Records(), faults).worst, 0.5);
  faults[0].gateway = 2;
  EXPECT_EQ(ResumesAfterGatewayKill(Records(), faults).count, 0u);
}

}  // namespace
}  // namespace parley::chaos
