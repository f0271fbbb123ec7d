#include <array>
#include <cstdio>
#include <thread>

#include "tests/presence/simulated_gateways.h"
#include "tests/presence/world.h"

namespace parley::presence_test {
namespace {

constexpr std::size_t kGateways = 10;
constexpr std::size_t kSessions = 100'000;
constexpr std::size_t kNameBytes = 16;
constexpr std::size_t kIdBytes = 36;  // Of a session.
// What a session takes besides the names of its user and of the channels.
constexpr double kBytesMax = 200;
constexpr seconds kRightWithin{5};
constexpr seconds kPatience{120};
// A replica that starts reads the last 30 s of the log.
constexpr seconds kTail{31};
// A process gives back what it freed every 30 s.
constexpr seconds kTrims{31};

// As many bytes as a name.
std::string Numbered(const std::string& stem, std::size_t number, std::size_t bytes = kNameBytes) {
  const std::string digits = std::to_string(number);
  return stem + std::string(bytes - stem.size() - digits.size(), '0') + digits;
}

class ReplicaStartTest : public World {
 protected:
  void StartReplica() {
    chaos::DeploymentConfig config;
    config.gateways = 0;
    config.routers = 0;
    config.presences = 1;
    StartWorld(config);
  }
  chaos::ServiceProcess& replica() { return deployment().presence(0); }
  double Resident() { return static_cast<double>(replica().ReadUsage().value().memory_kib) * 1024; }
  // Once it has given back to the system what it freed.
  double SettledResident() {
    std::this_thread::sleep_for(kTrims);
    return Resident();
  }

  void Fill(std::size_t channels) {
    const std::int64_t epoch = EpochNow();
    std::vector<presence::GatewayPart*> gateways;
    for (std::size_t i = 0; i < kGateways; ++i) {
      gateways.push_back(&gateways_.Start(Fresh("simulated"), epoch));
    }
    for (std::size_t i = 0; i < kSessions; ++i) {
      gateways[i % kGateways]->Enter(Numbered("0b7a1e5c-0000-4000-8000-", i, kIdBytes),
                                     Numbered("user-", i), Numbered("room-", i % channels));
    }
  }
  bool HasAll() {
    return replica().Metric("parley_presence_sessions") == static_cast<double>(kSessions);
  }

  void MeasureStart(std::size_t channels) {
    StartReplica();
    Fill(channels);
    ASSERT_TRUE(SecondsUntil([&] { return HasAll(); }, kPatience));
    std::this_thread::sleep_for(kTail);
    const auto [answered, wrong] = StartAgain(channels);
    std::printf("%zu sessions in %zu channels: a replica was right %.1f s after its start\n",
                kSessions, channels, answered.value_or(-1));
    EXPECT_TRUE(answered) << "not right in time";
    EXPECT_EQ(wrong, 0U) << "answers that were not right";
    CheckRosters(channels);
  }

  // From nothing to all sessions: as it hears of them one by one, and when it starts beside them.
  void MeasureMemory(std::size_t channels) {
    StartReplica();
    const double before = SettledResident();
    Fill(channels);
    ASSERT_TRUE(SecondsUntil([&] { return HasAll(); }, kPatience));
    const double heard_at_once = Resident();
    const double heard = SettledResident();
    replica().Kill();
    replica().Start();
    ASSERT_TRUE(SecondsUntil([&] { return HasAll(); }, kPatience));
    const double started_at_once = Resident();
    const double started = SettledResident();

    const auto of_session = [&](double resident) {
      const auto names = static_cast<double>((kSessions + channels) * kNameBytes);
      return (resident - before - names) / static_cast<double>(kSessions);
    };
    std::printf(
        "%zu sessions in %zu channels: resident bytes a session, besides the names of users and "
        "channels: %.0f when a replica starts beside them (%.0f before it gives back what it "
        "freed), %.0f when it hears of them one by one (%.0f)\n",
        kSessions, channels, of_session(started), of_session(started_at_once), of_session(heard),
        of_session(heard_at_once));
    EXPECT_LE(of_session(started), kBytesMax);
    EXPECT_LE(of_session(heard), kBytesMax);
  }

 private:
  struct Answer {
    std::optional<double> seconds;  // Until it was right.
    std::size_t wrong = 0;          // Answers before that.
  };
  Answer StartAgain(std::size_t channels) {
    replica().Kill();
    Answer answer;
    const auto begin = steady_clock::now();
    replica().Start();
    const auto is_right = [&] {
      const auto servers = replicas().front()->Servers();
      const auto listed = replicas().front()->Channels("room-");
      if (!servers || !listed) return false;
      bool right = servers->size() == kGateways && listed->size() == std::min(channels, kListed);
      for (const auto& [name, sessions] : *servers) {
        right = right && sessions == kSessions / kGateways;
      }
      for (const auto& [name, members] : *listed) right = right && members == kSessions / channels;
      answer.wrong += right ? 0 : 1;
      return right;
    };
    answer.seconds = SecondsUntil(is_right, kRightWithin, begin);
    return answer;
  }

  // A thousand of them, name by name.
  void CheckRosters(std::size_t channels) {
    constexpr std::size_t kChecked = 1'000;
    std::size_t wrong = 0;
    for (std::size_t channel = 0; channel < channels; channel += channels / kChecked) {
      Replica::Roster expected;
      for (std::size_t i = channel; i < kSessions; i += channels)
        expected[Numbered("user-", i)] = 1;
      wrong += RosterIs(Numbered("room-", channel), expected) ? 0 : 1;
    }
    EXPECT_EQ(wrong, 0U) << "rosters";
  }

  static constexpr std::size_t kListed = 10'000;  // The most channels that one answer has.

  SimulatedGateways gateways_;
};

TEST_F(ReplicaStartTest, BesideManySessionsItIsRightSoon) { MeasureStart(1'000); }

TEST_F(ReplicaStartTest, SessionsAreSmall) { MeasureMemory(1'000); }

TEST_F(ReplicaStartTest, SessionsAreSmallWhenEachHasAChannelOfItsOwn) { MeasureMemory(kSessions); }

}  // namespace
}  // namespace parley::presence_test
