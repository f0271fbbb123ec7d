#include <cstdio>
#include <thread>

#include "tests/chaos/compact_log.h"
#include "tests/chaos/silence/talkers.h"
#include "tests/presence/members.h"
#include "tests/presence/world.h"

namespace parley::presence_test {
namespace {

using chaos::NowUs;

constexpr std::size_t kUsers = 50;  // On each gateway.
constexpr seconds kOutage{60};
// Its last words are then in the part of the log that a replica reads when it starts.
constexpr seconds kDiesAfter{40};
constexpr seconds kLivingKnownWithin{5};
constexpr seconds kRightWithin{15};
constexpr double kSilenceMax = 10;
constexpr std::chrono::milliseconds kPeriod{100};  // Between two messages of a channel.
constexpr seconds kPatience{60};

// Somebody on the gateway `from` talks, and somebody on the gateway `to` hears it.
class Talk final {
 public:
  Talk(const std::string& from, const std::string& to) : channel_(Fresh("talk")) {
    loop_.Run([&] {
      receiver_.emplace(loop_, to, "hears-" + channel_, std::vector{channel_}, arrivals_);
      sender_.emplace(loop_, from, channel_, kPeriod);
    });
  }
  ~Talk() {
    loop_.Run([this] {
      sender_.reset();
      receiver_.reset();
    });
  }

  bool FlowsSince(std::int64_t time_us) const { return arrivals_.EverywhereSince(time_us); }
  double LongestSilence(std::int64_t from_us, std::int64_t to_us) const {
    const auto all = [](const std::string&) { return true; };
    return static_cast<double>(arrivals_.Longest(from_us, to_us, all).length_us) / 1e6;
  }

 private:
  const std::string channel_;
  chaos::Arrivals arrivals_;
  rpc::Loop loop_{"talk"};
  // On the loop.
  std::optional<chaos::Receiver> receiver_;
  std::optional<chaos::Sender> sender_;
};

class PresenceOutageTest : public World {
 protected:
  bool KnowsLiving(Replica& replica) {
    const auto roster = replica.Members(channel_);
    const auto servers = replica.Servers();
    if (!roster || !servers) return false;
    for (const auto& [user, sessions] : Users("lives-", kUsers)) {
      if (!roster->contains(user)) return false;
    }
    const auto comes = servers->find(gateway(2).name());
    return servers->contains(gateway(1).name()) && comes != servers->end() &&
           comes->second >= kUsers;
  }

  const std::string channel_ = Fresh("outage");
};

TEST_F(PresenceOutageTest, ChatGoesOnAndTheRegistryIsRightSoonAfterwards) {
  StartWorld(3);
  static_cast<void>(gateway(2).Terminate(kPatience));  // It starts in the outage.
  Members dies;
  dies.AddMany(AddressOf(0), channel_, "dies-", kUsers);
  Members lives;
  lives.AddMany(AddressOf(1), channel_, "lives-", kUsers);
  const Talk among_living(AddressOf(1), AddressOf(1));
  const Talk from_newcomer(AddressOf(2), AddressOf(1));
  ASSERT_TRUE(SecondsUntil(
      [&] { return CountIs(channel_, 2 * kUsers) && among_living.FlowsSince(0); }, kPatience));

  const auto begin = steady_clock::now();
  const std::int64_t begin_us = NowUs();
  for (std::size_t i = 0; i < replicas().size(); ++i) deployment().presence(i).Kill();
  gateway(2).Start();
  ASSERT_TRUE(gateway(2).WaitReady(kPatience));
  Members comes;
  comes.AddMany(AddressOf(2), channel_, "comes-", kUsers);
  ASSERT_TRUE(SecondsUntil([&] { return from_newcomer.FlowsSince(begin_us); }, kDiesAfter, begin))
      << "what is said on the new gateway does not arrive";
  const std::int64_t newcomer_us = NowUs();
  std::this_thread::sleep_until(begin + kDiesAfter);
  gateway(0).Kill();
  std::this_thread::sleep_until(begin + kOutage);
  const std::int64_t end_us = NowUs();
  EXPECT_TRUE(lives.AllPresent());

  const auto back = steady_clock::now();
  for (std::size_t i = 0; i < replicas().size(); ++i) deployment().presence(i).Start();
  const auto living = SecondsUntil(
      [&] { return Everywhere([&](Replica& replica) { return KnowsLiving(replica); }); },
      kLivingKnownWithin, back);
  EXPECT_TRUE(living) << "who lives is not known";
  const Replica::Roster all = Together(Users("lives-", kUsers), Users("comes-", kUsers));
  const auto right = SecondsUntil(
      [&] {
        return RosterIs(channel_, all) && ServersAre({gateway(1).name(), gateway(2).name()});
      },
      kRightWithin, back);
  EXPECT_TRUE(right) << "the registry is not right";
  const double silence = among_living.LongestSilence(begin_us, end_us);
  const double newcomers_silence = from_newcomer.LongestSilence(newcomer_us, end_us);
  EXPECT_LT(silence, kSilenceMax);
  EXPECT_LT(newcomers_silence, kSilenceMax);
  std::printf(
      "no presence for %lld s: with a message every 100 ms the longest silence was %.2f s, and "
      "%.2f s for what was said on the new gateway; afterwards who lives was known after %.1f s, "
      "all was right after %.1f s\n",
      static_cast<long long>(kOutage.count()), silence, newcomers_silence, living.value_or(-1),
      right.value_or(-1));
}

}  // namespace
}  // namespace parley::presence_test
