#include <algorithm>
#include <cstdio>
#include <thread>

#include "services/common/log.h"
#include "tests/chaos/launcher.h"
#include "tests/chaos/loopback.h"
#include "tests/presence/world.h"
#include "tests/unit/presence/gateway_part.h"

namespace parley::presence_test {
namespace {

using presence::GatewayPart;

constexpr std::size_t kGateways = 10;
constexpr std::size_t kSessions = 100'000;
constexpr std::size_t kChannels = 1'000;
// What a session takes, besides its id of 36 bytes and its user's name.
constexpr double kBytesMax = 200;
constexpr double kNameBytes = 36 + 16;
constexpr seconds kPatience{120};

// With so many digits.
std::string Numbered(const std::string& stem, std::size_t number, std::size_t digits) {
  const std::string text = std::to_string(number);
  return stem + "-" + std::string(digits - text.size(), '0') + text;
}

// Gateways of this process, as presence sees them.
class ReplicaStartTest : public World {
 protected:
  void StartGateways(std::size_t count) {
    const auto epoch =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.SinceUnixEpoch()).count();
    for (std::size_t i = 0; i < count; ++i) {
      gateways_.push_back(
          std::make_unique<GatewayPart>(Fresh("simulated"), epoch, kafka_, logger_, seconds(2)));
    }
  }
  void Fill(std::size_t sessions) {
    for (std::size_t i = 0; i < sessions; ++i) {
      gateways_[i % gateways_.size()]->Enter(Numbered("0b7a1e5c-0000-4000-8000", i, 12),
                                             Numbered("user", i, 11),
                                             Numbered(channel_, i % kChannels, 4));
    }
  }
  void EndGateways() {
    for (const auto& gateway : gateways_) gateway->announcer().SayGone();
    gateways_.clear();
  }

  std::unique_ptr<chaos::ServiceProcess> MakeReplica() {
    const std::vector<int> ports = chaos::FreePorts(2);
    std::filesystem::create_directories(folder_);
    chaos::ServiceProcess::Spec spec;
    spec.name = "presence";
    spec.command = {std::string(PARLEY_BIN_DIR) + "/parley-presence",
                    "--kafka-brokers=" + GivenBrokers(), "--listen=" + chaos::Loopback(ports[0])};
    spec.admin_port = ports[1];
    spec.log = (folder_ / "presence.log").string();
    address_ = chaos::Loopback(ports[0]);
    return std::make_unique<chaos::ServiceProcess>(launcher_, std::move(spec));
  }
  bool Knows(const chaos::ServiceProcess& replica, std::size_t sessions) {
    return replica.Metric("parley_presence_sessions").value_or(0) >= static_cast<double>(sessions);
  }

  const std::string channel_ = Fresh("c").substr(0, 11);
  SystemClock clock_;
  kafka::ClientConfig kafka_{.brokers = GivenBrokers(), .properties = {}};
  Logger logger_{"test", LogLevel::kError, Logger::Format::kText};
  chaos::Launcher launcher_;
  std::string address_;
  std::vector<std::unique_ptr<GatewayPart>> gateways_;
};

TEST_F(ReplicaStartTest, ReplicaBesideManySessionsAnswersSoonAndIsSmall) {
  StartGateways(kGateways);
  const auto empty = MakeReplica();
  empty->Start();
  ASSERT_TRUE(empty->WaitReady(kPatience));
  std::this_thread::sleep_for(seconds(2));  // Its memory has settled.
  const double before = static_cast<double>(empty->ReadUsage().value().memory_kib);
  Fill(kSessions);
  ASSERT_TRUE(SecondsUntil([&] { return Knows(*empty, kSessions); }, kPatience));
  const double grown = static_cast<double>(empty->ReadUsage().value().memory_kib);
  std::printf("a replica that hears of them: %.0f bytes a session\n",
              (grown - before) * 1024 / kSessions);
  empty->Kill();
  std::this_thread::sleep_for(seconds(35));  // Their records are out of what is read at the start.

  const auto replica = MakeReplica();
  Replica asked(address_);
  const auto begin = std::chrono::steady_clock::now();
  replica->Start();
  const std::string last = Numbered(channel_, kChannels - 1, 4);
  const auto answers = SecondsUntil(
      [&] {
        const auto roster = asked.Members(last);
        return roster && roster->total == kSessions / kChannels;
      },
      seconds(5));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  EXPECT_TRUE(answers) << "not right after 5 s";
  ASSERT_TRUE(SecondsUntil([&] { return Knows(*replica, kSessions); }, kPatience));
  const double after = static_cast<double>(replica->ReadUsage().value().memory_kib);
  const double each = (after - before) * 1024 / kSessions;
  std::printf("a replica beside %zu sessions: right after %.1f s, %.0f bytes a session\n",
              kSessions, took.count(), each);
  EXPECT_LE(each, kBytesMax + kNameBytes);
  EndGateways();
}

TEST_F(ReplicaStartTest, LostAndRepeatedRecordsHealInTime) {
  StartGateways(2);
  const auto process = MakeReplica();
  process->Start();
  ASSERT_TRUE(process->WaitReady(kPatience));
  Replica replica(address_);
  const auto total_is = [&](const std::string& channel, std::size_t total) {
    const auto roster = replica.Members(channel);
    return roster && roster->total == total;
  };
  double longest = 0;
  for (int round = 0; round < 10; ++round) {
    const std::string channel = Fresh("lost");
    const std::string session = Fresh("session");
    GatewayPart& gateway = *gateways_[static_cast<std::size_t>(round) % 2];
    gateway.Enter(session + "-a", "ann", channel);
    ASSERT_TRUE(SecondsUntil([&] { return total_is(channel, 1); }, kPatience));
    gateway.log().Lose(true);
    gateway.announcer().Disconnected(SessionId(session + "-a"), UserId("ann"));
    gateway.Enter(session + "-b", "bob", channel);
    gateway.Enter(session + "-c", "eve", channel);
    gateway.log().Lose(false);
    const auto healed = SecondsUntil([&] { return total_is(channel, 2); }, seconds(4));
    EXPECT_TRUE(healed) << "round " << round;
    longest = std::max(longest, healed.value_or(-1));
  }
  std::printf("lost records: healed after %.1f s at most\n", longest);
  EndGateways();
}

}  // namespace
}  // namespace parley::presence_test
