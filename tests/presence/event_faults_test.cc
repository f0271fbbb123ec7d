#include <algorithm>
#include <cstdio>
#include <thread>

#include "tests/presence/record_writer.h"
#include "tests/presence/simulated_gateways.h"
#include "tests/presence/world.h"

namespace parley::presence_test {
namespace {

using presence::GatewayPart;
using Type = ConnectionEvent::Type;

constexpr std::size_t kUsers = 20;
constexpr seconds kHealsWithin{4};
constexpr seconds kWatched{6};  // For what does harm only later.
constexpr seconds kPatience{60};

// What the users' connections said, one after the other, as the gateway numbered it.
struct Said {
  Type type = Type::kConnect;
  std::uint64_t first = 0;  // The revision of the first user's.
  std::uint64_t step = 1;   // From there to the next user's.
};

// A replica of its own process, and gateways of this one, whose events are lost, or come to the log
// once more.
class EventFaultsTest : public World {
 protected:
  void SetUp() override {
    chaos::DeploymentConfig config;
    config.gateways = 0;
    config.routers = 0;
    config.presences = 1;
    StartWorld(config);
  }

  static std::string User(std::size_t number) { return "user-" + std::to_string(number); }
  // Each user's session is called after the user.
  void EnterAll(GatewayPart& gateway, const std::string& sessions) {
    for (std::size_t i = 0; i < kUsers; ++i) gateway.Enter(sessions + User(i), User(i), channel_);
  }
  void DisconnectAll(GatewayPart& gateway, const std::string& sessions) {
    for (std::size_t i = 0; i < kUsers; ++i) {
      gateway.announcer().Disconnected(SessionId(sessions + User(i)), UserId(User(i)));
    }
  }
  bool AllAreIn() { return RosterIs(channel_, Users("user-", kUsers)); }

  // Writes it again, of each user, as the gateway `name` of that epoch would.
  void WriteOfAll(const std::string& name, std::int64_t epoch, const std::string& sessions,
                  const Said& said) {
    ConnectionEvent event;
    event.type = said.type;
    event.server = ServerId(name);
    event.epoch = epoch;
    event.channel = ChannelName(channel_);
    for (std::size_t i = 0; i < kUsers; ++i) {
      event.user = UserId(User(i));
      event.session = SessionId(sessions + User(i));
      event.revision = said.first + i * said.step;
      ASSERT_TRUE(writer_.Write(event));
    }
  }
  void WriteGone(const std::string& name, std::int64_t epoch, std::uint64_t revision) {
    ConnectionEvent event;
    event.type = Type::kGone;
    event.server = ServerId(name);
    event.epoch = epoch;
    event.revision = revision;
    ASSERT_TRUE(writer_.Write(event));
  }

  // From the first late record on.
  void ExpectRightAllTheWhile(const std::string& what, const std::function<void()>& write) {
    double wrong = 0;
    std::thread looks([&] { wrong = LongestWithout([&] { return AllAreIn(); }, kWatched); });
    write();
    looks.join();
    std::printf("%s: wrong for %.1f s at most\n", what.c_str(), wrong);
    EXPECT_LT(wrong, static_cast<double>(kHealsWithin.count()));
    EXPECT_TRUE(AllAreIn());
  }

  const std::string name_ = Fresh("simulated");
  const std::string channel_ = Fresh("faults");
  const std::int64_t epoch_ = EpochNow();
  SimulatedGateways gateways_;
  RecordWriter writer_{gateways_.kafka(), gateways_.logger()};
};

TEST_F(EventFaultsTest, LostEventsHeal) {
  GatewayPart& gateway = gateways_.Start(name_, epoch_);
  gateways_.Start(Fresh("simulated"), epoch_);
  double longest = 0;
  constexpr int kRounds = 10;
  for (int round = 0; round < kRounds; ++round) {
    const std::string channel = Fresh("lost");
    const std::string session = Fresh("session");
    gateway.Enter(session + "-a", "ann", channel);
    ASSERT_TRUE(SecondsUntil([&] { return RosterIs(channel, {{"ann", 1}}); }, kPatience));
    // Nothing follows these but the next heartbeat; or what is not lost, in every other round.
    gateway.log().Lose(true);
    gateway.announcer().Disconnected(SessionId(session + "-a"), UserId("ann"));
    gateway.Enter(session + "-b", "bob", channel);
    gateway.Enter(session + "-c", "eve", channel);
    gateway.log().Lose(false);
    Replica::Roster right = {{"bob", 1}, {"eve", 1}};
    if (round % 2 == 1) {
      gateway.Enter(session + "-d", "joe", channel);
      right["joe"] = 1;
    }
    const auto healed = SecondsUntil([&] { return RosterIs(channel, right); }, kHealsWithin);
    ASSERT_TRUE(healed) << "round " << round;
    longest = std::max(longest, *healed);
  }
  std::printf("lost events, %d times: healed after %.1f s at most\n", kRounds, longest);
}

TEST_F(EventFaultsTest, RepeatedEventsDoNoHarm) {
  GatewayPart& gateway = gateways_.Start(name_, epoch_);
  EnterAll(gateway, "old-");
  DisconnectAll(gateway, "old-");
  EnterAll(gateway, "new-");
  for (std::size_t i = 0; i < kUsers; ++i) {
    const SessionId session("new-" + User(i));
    gateway.announcer().Left(session, UserId(User(i)), ChannelName(channel_));
    gateway.announcer().Joined(session, UserId(User(i)), ChannelName(channel_));
  }
  ASSERT_TRUE(SecondsUntil([&] { return AllAreIn(); }, kPatience));
  ExpectRightAllTheWhile("repeated events", [&] {
    WriteOfAll(name_, epoch_, "old-", {Type::kConnect, 1, 2});
    WriteOfAll(name_, epoch_, "old-", {Type::kJoin, 2, 2});
    WriteOfAll(name_, epoch_, "new-", {Type::kLeave, 5 * kUsers + 1, 2});
  });
}

TEST_F(EventFaultsTest, LateEventsOfAnOldConnectionDoNoHarm) {
  GatewayPart& old_one = gateways_.Start(name_, epoch_);
  GatewayPart& new_one = gateways_.Start(Fresh("simulated"), epoch_);
  EnterAll(old_one, "old-");
  EnterAll(new_one, "new-");
  // The old connection ends after the new one began.
  DisconnectAll(old_one, "old-");
  ASSERT_TRUE(SecondsUntil([&] { return AllAreIn(); }, kPatience));
  ExpectRightAllTheWhile("late events of an old connection, on another gateway", [&] {
    WriteOfAll(name_, epoch_, "old-", {Type::kConnect, 1, 2});
    WriteOfAll(name_, epoch_, "old-", {Type::kJoin, 2, 2});
  });
}

TEST_F(EventFaultsTest, LateEventsOfAnOldProcessDoNoHarm) {
  EnterAll(gateways_.Start(name_, epoch_), "old-");
  ASSERT_TRUE(SecondsUntil([&] { return AllAreIn(); }, kPatience));
  gateways_.KillFirst();
  EnterAll(gateways_.Start(name_, epoch_ + 1), "new-");
  ASSERT_TRUE(SecondsUntil([&] { return AllAreIn(); }, kPatience));
  ExpectRightAllTheWhile("late events of a gateway's process before this one", [&] {
    WriteOfAll(name_, epoch_, "old-", {Type::kJoin, 2, 2});
    // What the new process has not numbered so far.
    WriteOfAll(name_, epoch_, "old-", {Type::kJoin, 10 * kUsers});
    WriteOfAll(name_, epoch_, "new-", {Type::kDisconnect, 11 * kUsers});
    WriteGone(name_, epoch_, 12 * kUsers);
  });
}

TEST_F(EventFaultsTest, LateEventsOfAGatewayThatHasGoneDoNoHarm) {
  GatewayPart& stays = gateways_.Start(name_, epoch_);
  const std::string gone_name = Fresh("simulated");
  GatewayPart& goes = gateways_.Start(gone_name, epoch_);
  EnterAll(stays, "new-");
  EnterAll(goes, "old-");
  ASSERT_TRUE(SecondsUntil([&] { return ServersAre({name_, gone_name}); }, kPatience));
  goes.announcer().SayGone();
  ASSERT_TRUE(SecondsUntil([&] { return AllAreIn() && ServersAre({name_}); }, kHealsWithin));
  ExpectRightAllTheWhile("late events of a gateway that has gone", [&] {
    WriteOfAll(gone_name, epoch_, "old-", {Type::kJoin, 2, 2});
    WriteOfAll(gone_name, epoch_, "old-", {Type::kJoin, 10 * kUsers});
  });
  EXPECT_TRUE(ServersAre({name_}));
}

}  // namespace
}  // namespace parley::presence_test
