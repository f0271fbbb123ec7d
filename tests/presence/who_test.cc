#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <thread>

#include "client/client.h"
#include "tests/presence/members.h"
#include "tests/presence/world.h"
#include "tests/simulation/dice.h"

namespace parley::presence_test {
namespace {

using Where = Member::Where;

constexpr std::size_t kGateways = 4;  // Two that ask each of the two replicas.
constexpr std::size_t kUsers = 100;   // On each gateway, besides those who always stay.
constexpr seconds kChurn{20};
// Longer than an answer may lag, so that one that lags is seen.
constexpr seconds kStay{4};
constexpr double kRightWithin = 2;
constexpr seconds kPatience{60};

struct Lag {
  double longest = 0;
  std::size_t answers = 0;
  std::size_t refused = 0;
};

// For how long the answer has been wrong about this member, when it was asked for at that time.
double WrongSince(const Member& member, bool listed, Member::Time asked_at) {
  const bool wrong =
      (member.where() == Where::kIn && !listed) || (member.where() == Where::kOut && listed);
  if (!wrong || member.since() > asked_at) return 0;
  return std::chrono::duration<double>(asked_at - member.since()).count();
}

// On each gateway live the members of one channel, who come and go; of the channel of the gateway
// before it, one who stays. So a gateway is asked about two channels that it watches, and about two
// that it has to ask its replica for.
class WhoTest : public World {
 protected:
  void Start() {
    chaos::DeploymentConfig config;
    config.gateways = kGateways;
    config.routers = 1;
    config.one_replica_each = true;
    StartWorld(config);
    for (std::size_t i = 0; i < kGateways; ++i) {
      channels_.push_back(Fresh("who"));
      client::Options options;
      options.servers = {AddressOf(i)};
      clients_.push_back(std::make_unique<client::Client>(options));
    }
    for (std::size_t i = 0; i < kGateways; ++i) {
      stay_.Add(AddressOf(i), {channels_[i]}, "stays-here");
      stay_.Add(AddressOf((i + 1) % kGateways), {channels_[i]}, "stays-there");
      restless_[i].AddMany(AddressOf(i), channels_[i], "user-", kUsers);
    }
    ASSERT_TRUE(SecondsUntil(
        [&] { return stay_.AllPresent() && std::ranges::all_of(restless_, &Members::AllPresent); },
        kPatience));
  }

  // Some leave and join, the others hang up and connect again.
  void Churn(const std::atomic<bool>& stop) {
    while (!stop) {
      for (Members& members : restless_) {
        std::size_t number = 0;
        members.ForEach([&](Member& member) {
          const bool hangs_up = number++ % 2 == 0;
          const bool may_move = steady_clock::now() - member.since() >= kStay;
          if (!may_move || dice_.Below(8) != 0) return;
          ++moves_;
          if (member.where() == Where::kOut) return member.Join();
          if (member.where() == Where::kIn) hangs_up ? member.Close() : member.Leave();
        });
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  // What `parley who` does, of one channel on one gateway.
  void Ask(std::size_t gateway, std::size_t channel, Lag& lag) {
    const auto asked_at = steady_clock::now();
    const auto list = clients_[gateway]->Members(ChannelName(channels_[channel]));
    ++lag.answers;
    if (!list) {
      ++lag.refused;
      return;
    }
    std::set<std::string> listed;
    for (const client::Member& member : list->members) listed.insert(member.user.value());
    for (const char* const name : {"stays-here", "stays-there"}) {
      EXPECT_EQ(listed.erase(name), 1U) << name << " is not listed";
    }
    std::set<std::string> users;
    restless_[channel].ForEach([&](Member& member) {
      users.insert(member.user());
      lag.longest =
          std::max(lag.longest, WrongSince(member, listed.contains(member.user()), asked_at));
    });
    for (const std::string& name : listed) EXPECT_TRUE(users.contains(name)) << name;
  }

  bool AllAnswersAreRight() {
    for (std::size_t gateway = 0; gateway < kGateways; ++gateway) {
      for (std::size_t channel = 0; channel < kGateways; ++channel) {
        std::set<std::string> in = {"stays-here", "stays-there"};
        restless_[channel].ForEach([&](Member& member) {
          if (member.where() == Where::kIn) in.insert(member.user());
        });
        const auto list = clients_[gateway]->Members(ChannelName(channels_[channel]));
        if (!list || list->total != in.size()) return false;
        for (const client::Member& member : list->members) in.erase(member.user.value());
        if (!in.empty()) return false;
      }
    }
    return true;
  }

  std::vector<std::string> channels_;  // By the gateway on which their members are.
  std::vector<std::unique_ptr<client::Client>> clients_;
  Members stay_;
  std::array<Members, kGateways> restless_;
  // Of the churn's thread.
  simulation::Dice dice_{1};
  std::size_t moves_ = 0;
};

TEST_F(WhoTest, IsRightOnEveryGatewayWithEveryReplicaUnderChurn) {
  Start();
  // Which replica, and whether the gateway watches the channel.
  std::array<std::array<Lag, 2>, 2> lags;
  std::atomic<bool> stop = false;
  std::thread churn([&] { Churn(stop); });
  const auto begin = steady_clock::now();
  while (steady_clock::now() - begin < kChurn) {
    for (std::size_t gateway = 0; gateway < kGateways; ++gateway) {
      for (std::size_t channel = 0; channel < kGateways; ++channel) {
        const bool watched = gateway == channel || gateway == (channel + 1) % kGateways;
        Ask(gateway, channel, lags[gateway % 2][watched ? 1 : 0]);
      }
    }
  }
  stop = true;
  churn.join();
  const auto right = SecondsUntil([&] { return AllAnswersAreRight(); }, seconds(2));
  EXPECT_TRUE(right) << "not right at rest";
  for (std::size_t replica = 0; replica < 2; ++replica) {
    for (std::size_t watched = 0; watched < 2; ++watched) {
      const Lag& lag = lags[replica][watched];
      std::printf(
          "who, gateways with replica %zu, channels that they %s: %zu answers, wrong for "
          "%.2f s at most\n",
          replica, watched == 1 ? "watch" : "ask for", lag.answers, lag.longest);
      EXPECT_EQ(lag.refused, 0U);
      EXPECT_LT(lag.longest, kRightWithin);
      EXPECT_GT(lag.answers, 0U);
    }
  }
  std::printf("who: %zu moves in %lld s, all right %.2f s after the last\n", moves_,
              static_cast<long long>(kChurn.count()), right.value_or(-1));
}

}  // namespace
}  // namespace parley::presence_test
