#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <stdexcept>
#include <string>

#include "services/common/position.h"
#include "tests/fakes/router/fake_routers.h"

namespace parley::router {
namespace {

constexpr Partition kPartitions = 2;
constexpr std::int64_t kWindowMs = 3000;
constexpr std::int64_t kLateMs = 400;
constexpr std::int64_t kLookBackMs = 600;

// Gateways that follow the cursor rule, routers that are asked, killed, moved and rebalanced, slow
// links, retention or retries: each session sees every visible message of its channel once, in
// order, or is told of the loss.
class Walk {
 public:
  explicit Walk(std::uint32_t seed)
      : random_(seed),
        retention_(seed % 3 == 0),
        topic_(kPartitions),
        config_(Config()),
        now_(TimePoint{} + std::chrono::hours(1)) {
    const LogInfo log{.epoch = 7, .partitions = kPartitions, .dedupe_window_ms = kWindowMs};
    const std::size_t routers = 2;
    for (int i = 0; i < 2; ++i) gateways_.emplace_back(log, routers);
    for (std::size_t i = 0; i < routers; ++i) {
      routers_.push_back(
          std::make_unique<FakeRouter>(i, config_, log, topic_, group_, kLookBackMs, gateways_));
    }
    for (std::size_t router = 0; router < routers_.size(); ++router) {
      for (std::size_t gateway = 0; gateway < gateways_.size(); ++gateway) {
        routers_[router]->Connect(gateway, now_);
      }
    }
  }

  void Run(int steps) {
    for (int i = 0; i < steps; ++i) Act();
    Settle();
    for (const FakeGateway& gateway : gateways_) {
      for (const auto& [channel, session] : gateway.sessions()) Check(gateway, channel, session);
    }
    CheckEffects();
  }

  std::size_t seen() const { return seen_; }

 private:
  int Draw(int limit) { return static_cast<int>(random_() % static_cast<std::uint32_t>(limit)); }
  std::size_t DrawRouter() {
    return static_cast<std::size_t>(Draw(static_cast<int>(routers_.size())));
  }
  std::size_t DrawGateway() {
    return static_cast<std::size_t>(Draw(static_cast<int>(gateways_.size())));
  }
  std::string DrawChannel() { return std::string(1, static_cast<char>('a' + Draw(5))); }

  CoreConfig Config() {
    CoreConfig config;
    config.tail = {.bytes_max = static_cast<std::size_t>(500 + Draw(8000)),
                   .records_max = static_cast<std::size_t>(5 + Draw(60)),
                   .age_max = std::chrono::milliseconds(500 + Draw(10'000))};
    config.dedupe = {.window_ms = kWindowMs,
                     .late_ms = kLateMs,
                     .records_max = static_cast<std::size_t>(3 + Draw(200))};
    config.history.skip_max = Draw(30);
    config.history.retry_interval = std::chrono::milliseconds(20);
    config.history.look_back_deadline = std::chrono::hours(1);
    config.link.deliver_bytes_max = static_cast<std::size_t>(50 + Draw(600));
    config.link.history_pages_max = static_cast<std::size_t>(1 + Draw(2));
    config.effects.retry_interval = std::chrono::milliseconds(20);
    config.effects.waiting_max = static_cast<std::size_t>(1 + Draw(10));
    config.effects.in_flight_max = static_cast<std::size_t>(1 + Draw(3));
    config.linger = std::chrono::milliseconds(Draw(2000));
    config.waiting_bytes_max = static_cast<std::size_t>(2000 + Draw(20'000));
    return config;
  }

  void Act() {
    const int dice = Draw(1000);
    if (dice < 200) {
      Append();
    } else if (dice < 450) {
      StepLog();
    } else if (dice < 650) {
      routers_[DrawRouter()]->StepLink(DrawGateway(), now_);
    } else if (dice < 850) {
      gateways_[DrawGateway()].Receive(DrawRouter());
    } else if (dice < 910) {
      Pass(Draw(60));
    } else if (dice < 950) {
      JoinOrLeave();
    } else if (dice < 965) {
      gateways_[DrawGateway()].Move(Draw(kPartitions), DrawRouter());
    } else if (dice < 980) {
      Rebalance();
    } else {
      Fault();
    }
  }

  void Append() {
    const int kind = Draw(20);
    if (kind == 0) {
      garbage_.emplace_back(
          0, topic_.Append(
                 0, {.key = "a", .value = "not a record", .headers = {}, .time_ms = NowMs()}));
      return;
    }
    if (kind == 1) {
      topic_.Append(1, {.key = "a", .value = std::nullopt, .headers = {}, .time_ms = NowMs()});
      return;
    }
    const bool misplaced = kind == 2 && !retention_;
    const bool retry = kind < 8 && !retention_ && !ids_.empty();
    const std::string channel = DrawChannel();
    const std::string id = retry
                               ? ids_[static_cast<std::size_t>(Draw(static_cast<int>(ids_.size())))]
                               : "id-" + std::to_string(next_id_++);
    if (!retry) ids_.push_back(id);
    // A first copy may come after the marked one.
    const bool marked = retry && kind != 7;
    const Partition own = PartitionOf(ChannelName(channel), kPartitions);
    topic_.AppendMessage(channel, id, marked, NowMs(), misplaced ? 1 - own : own);
    if (ids_.size() > 12) ids_.erase(ids_.begin());
  }

  void StepLog() {
    FakeRouter& router = *routers_[DrawRouter()];
    router.log().Step(router.core(), random_, static_cast<std::size_t>(1 + Draw(8)), NowMs(), now_);
  }

  void Pass(int ms) {
    now_ += std::chrono::milliseconds(ms);
    for (const auto& router : routers_) router->core().Tick(now_);
  }

  void JoinOrLeave() {
    FakeGateway& gateway = gateways_[DrawGateway()];
    const std::string channel = DrawChannel();
    if (!gateway.Joined(channel)) return gateway.Join(channel);
    Check(gateway, channel, gateway.sessions().at(channel));
    gateway.Leave(channel);
  }

  void Rebalance() {
    std::vector<std::vector<Ownership>> owned(routers_.size());
    for (Partition partition = 0; partition < kPartitions; ++partition) {
      const auto committed = group_.committed.find(partition);
      const std::optional<Offset> next =
          committed == group_.committed.end() ? std::nullopt : std::optional(committed->second);
      if (Draw(4) != 0) owned[DrawRouter()].push_back({partition, next});
    }
    for (std::size_t i = 0; i < routers_.size(); ++i) routers_[i]->core().OnOwned(owned[i], now_);
  }

  void Fault() {
    const std::size_t router = DrawRouter();
    const std::size_t gateway = DrawGateway();
    switch (Draw(6)) {
      case 0:
        routers_[router]->Disconnect(gateway, now_);
        routers_[router]->Connect(gateway, now_);
        break;
      case 1:
        for (std::size_t i = 0; i < gateways_.size(); ++i) routers_[router]->Disconnect(i, now_);
        routers_[router]->Restart();
        for (std::size_t i = 0; i < gateways_.size(); ++i) routers_[router]->Connect(i, now_);
        break;
      case 2:
        routers_[router]->log().FailHistory(Draw(3));
        break;
      case 3:
        routers_[router]->log().FailProduces(Draw(3));
        break;
      case 4:
        routers_[router]->log().CorkTail(Draw(2) == 0);
        break;
      default:
        if (retention_) {
          const Partition partition = Draw(kPartitions);
          topic_.Retain(partition, topic_.Bounds(partition).end - Draw(60));
        }
    }
  }

  // No more faults: everything that was asked for arrives.
  void Settle() {
    for (const auto& router : routers_) {
      router->log().CorkTail(false);
      router->log().FailHistory(0);
      router->log().FailProduces(0);
    }
    Rebalance();
    OwnEverything();
    for (int round = 0; round < 200; ++round) {
      Pass(250);
      for (FakeGateway& gateway : gateways_) {
        if (round % 8 == 0) gateway.AskAgain();
      }
      bool busy = true;
      while (busy) {
        busy = false;
        for (const auto& router : routers_) {
          busy |= router->log().Step(router->core(), random_, 50, NowMs(), now_);
          for (std::size_t i = 0; i < gateways_.size(); ++i) busy |= router->StepLink(i, now_);
        }
        for (FakeGateway& gateway : gateways_) {
          for (std::size_t i = 0; i < routers_.size(); ++i) busy |= gateway.Receive(i);
        }
      }
      if (round > 20 && CaughtUp()) return;
    }
  }

  void OwnEverything() {
    for (Partition partition = 0; partition < kPartitions; ++partition) {
      const auto committed = group_.committed.find(partition);
      std::vector<Ownership> owned;
      owned.push_back({partition, committed == group_.committed.end()
                                      ? std::nullopt
                                      : std::optional(committed->second)});
      routers_[static_cast<std::size_t>(partition)]->core().OnOwned({}, now_);
      routers_[static_cast<std::size_t>(partition)]->core().OnOwned(owned, now_);
    }
  }

  bool CaughtUp() const {
    for (const FakeGateway& gateway : gateways_) {
      for (const auto& [channel, session] : gateway.sessions()) {
        const Partition partition = PartitionOf(ChannelName(channel), kPartitions);
        if (!session.at || gateway.Cursor(partition) != topic_.Bounds(partition).end - 1)
          return false;
      }
    }
    return std::all_of(group_.committed.begin(), group_.committed.end(),
                       [&](const auto& committed) {
                         return committed.second == topic_.Bounds(committed.first).end;
                       });
  }

  void Check(const FakeGateway& gateway, const std::string& channel,
             const FakeGateway::Session& session) {
    if (!session.at) return;
    const Partition partition = PartitionOf(ChannelName(channel), kPartitions);
    const Offset cursor = gateway.Cursor(partition).value_or(-1);
    std::vector<Offset> expected;
    for (const Offset offset : topic_.Visible(channel, kWindowMs, kLateMs)) {
      if (offset > *session.at && offset <= cursor) expected.push_back(offset);
    }
    if (session.lost_through >= 0) {
      // Which of the lost ones came before the loss does not matter.
      std::erase_if(expected, [&](Offset offset) {
        return offset <= session.lost_through &&
               std::find(session.seen.begin(), session.seen.end(), offset) == session.seen.end();
      });
    }
    seen_ += expected.size();
    EXPECT_EQ(session.seen, expected)
        << "channel " << channel << ", joined at " << *session.at << ", cursor " << cursor;
  }

  void CheckEffects() {
    for (const auto& origin : garbage_) {
      if (retention_) continue;
      EXPECT_NE(std::find(group_.dead_letters.begin(), group_.dead_letters.end(), origin),
                group_.dead_letters.end())
          << "no dead letter of offset " << origin.second;
    }
    for (const FakeGateway& gateway : gateways_) {
      for (const auto& [channel, session] : gateway.sessions()) {
        EXPECT_TRUE(session.at) << "the join of " << channel << " was never answered";
      }
    }
    EXPECT_TRUE(CaughtUp());
  }

  std::int64_t NowMs() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch()).count();
  }

  std::mt19937 random_;
  const bool retention_;
  FakeTopic topic_;
  FakeGroup group_;
  const CoreConfig config_;
  TimePoint now_;
  std::vector<FakeGateway> gateways_;
  std::vector<std::unique_ptr<FakeRouter>> routers_;
  std::vector<std::string> ids_;  // The latest.
  int next_id_ = 0;
  std::vector<std::pair<Partition, Offset>> garbage_;
  std::size_t seen_ = 0;
};

TEST(RouterWalkTest, EverySessionSeesEveryMessageOnceInOrder) {
  std::size_t seen = 0;
  for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
    try {
      Walk walk(seed);
      walk.Run(1200);
      seen += walk.seen();
    } catch (const std::logic_error& error) {
      ADD_FAILURE() << error.what();
    }
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed;
  }
  // The walk is of no use when nothing arrives in it.
  EXPECT_GT(seen, 20'000U);
}

}  // namespace
}  // namespace parley::router
