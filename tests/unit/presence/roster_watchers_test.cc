#include "services/presence/watch/roster_watchers.h"

#include <gtest/gtest.h>

#include <string>

#include "parley/internal/v1/registry.pb.h"
#include "tests/unit/presence/events.h"

namespace parley::presence {
namespace {

using Id = RosterWatchers::Id;

class RosterWatchersTest : public testing::Test {
 protected:
  void Apply(const ConnectionEvent& event) {
    Changes changes;
    static_cast<void>(registry_.Apply(event, At(0), changes));
    watchers_.Record(changes);
  }
  void Join(const std::string& user, const std::string& channel) {
    Apply(one_.Join(user, user, channel));
  }
  void Leave(const std::string& user, const std::string& channel) {
    Apply(one_.Leave(user, user, channel));
  }
  void Watch(Id id, const std::string& channel) {
    ASSERT_TRUE(watchers_.Watch(id, ChannelName(channel)));
  }
  void Tick(std::int64_t at_ms = 0) { watchers_.Tick(registry_, At(at_ms)); }

  // "general* +bob -eve =1" for a snapshot of `general`; several are separated by a comma; "" for
  // nothing.
  std::string Take(Id id) {
    const auto bytes = watchers_.Take(id);
    if (!bytes) return "";
    internal::v1::RosterUpdate update;
    if (!update.ParseFromString(*bytes)) return "broken";
    std::string text;
    for (const auto& change : update.changes()) {
      text += (text.empty() ? "" : ", ") + change.channel() + (change.snapshot() ? "*" : "");
      for (const auto& user : change.joined()) text += " +" + user;
      for (const auto& user : change.left()) text += " -" + user;
      text += " =" + std::to_string(change.members());
    }
    return text;
  }

  Registry registry_;
  RosterWatchers watchers_{{.watchers_max = 3,
                            .channels_per_watcher_max = 50,
                            .members_shown_max = 10,
                            .pending_bytes_max = 2'000,
                            .update_bytes_max = 200}};
  EventSource one_{"one"};
};

TEST_F(RosterWatchersTest, NewWatcherGetsTheRosterAndThenItsChanges) {
  Join("bob", "general");
  const Id id = watchers_.Add().value();
  Watch(id, "general");
  Tick();
  EXPECT_EQ(Take(id), "general* +bob =1");
  Join("eve", "general");
  Tick();
  EXPECT_EQ(Take(id), "general +eve =2");
  Leave("bob", "general");
  Tick();
  EXPECT_EQ(Take(id), "general -bob =1");
  Tick();
  EXPECT_EQ(Take(id), "");
}

TEST_F(RosterWatchersTest, RosterOfAnEmptyChannelIsTold) {
  const Id id = watchers_.Add().value();
  Watch(id, "general");
  Tick();
  EXPECT_EQ(Take(id), "general* =0");
}

TEST_F(RosterWatchersTest, ChangesOfOneTickAreToldTogetherAndWhatUndoesItselfIsNot) {
  const Id id = watchers_.Add().value();
  Watch(id, "general");
  Tick();
  static_cast<void>(Take(id));
  Join("bob", "general");
  Join("eve", "general");
  Leave("bob", "general");
  EXPECT_EQ(Take(id), "") << "nothing is told between ticks";
  Tick();
  EXPECT_EQ(Take(id), "general +eve =1");
  Leave("eve", "general");
  Join("eve", "general");
  Tick();
  EXPECT_EQ(Take(id), "");
}

TEST_F(RosterWatchersTest, RosterHasWhatHappenedInItsOwnTickOnce) {
  const Id old = watchers_.Add().value();
  Watch(old, "general");
  Tick();
  static_cast<void>(Take(old));
  Join("bob", "general");
  const Id fresh = watchers_.Add().value();
  Watch(fresh, "general");
  Tick();
  EXPECT_EQ(Take(old), "general +bob =1");
  EXPECT_EQ(Take(fresh), "general* +bob =1");
}

TEST_F(RosterWatchersTest, UnwatchedChannelsAreNotTold) {
  const Id id = watchers_.Add().value();
  Watch(id, "general");
  Watch(id, "other");
  watchers_.Unwatch(id, ChannelName("general"));
  Join("bob", "general");
  Join("bob", "other");
  Join("bob", "third");
  Tick();
  EXPECT_EQ(Take(id), "other* +bob =1");
}

TEST_F(RosterWatchersTest, OfALargeChannelOnlyTheCountIsToldAtMostOnceASecond) {
  const Id id = watchers_.Add().value();
  for (int i = 0; i < 10; ++i) Join("user-" + std::to_string(i), "general");
  Watch(id, "general");
  Tick(0);
  EXPECT_NE(Take(id), "");
  Join("one-more", "general");
  Tick(100);
  EXPECT_EQ(Take(id), "general =11");
  Join("yet-another", "general");
  for (int at = 200; at < 1'100; at += 100) {
    Tick(at);
    EXPECT_EQ(Take(id), "") << at;
  }
  Tick(1'100);
  EXPECT_EQ(Take(id), "general =12");
  Tick(5'000);
  EXPECT_EQ(Take(id), "") << "an unchanged count is not repeated";

  const Id late = watchers_.Add().value();
  Watch(late, "general");
  Tick(5'100);
  EXPECT_EQ(Take(late), "general =12");
}

TEST_F(RosterWatchersTest, ChannelThatShrankWellBelowTheLimitIsShownAgain) {
  const Id id = watchers_.Add().value();
  for (int i = 0; i < 11; ++i) Join("user-" + std::to_string(i), "general");
  Watch(id, "general");
  Tick(0);
  EXPECT_EQ(Take(id), "general =11");
  Leave("user-0", "general");
  Tick(10'000);
  EXPECT_EQ(Take(id), "general =10") << "at the limit the roster would come and go";
  Leave("user-10", "general");
  Tick(20'000);
  EXPECT_EQ(Take(id),
            "general* +user-1 +user-2 +user-3 +user-4 +user-5 +user-6 +user-7 +user-8 +user-9 =9");
  Leave("user-1", "general");
  Tick(20'100);
  EXPECT_EQ(Take(id), "general -user-1 =8");
}

TEST_F(RosterWatchersTest, WhoDoesNotReadIsTooSlowAndTheOthersAreNot) {
  const Id slow = watchers_.Add().value();
  const Id quick = watchers_.Add().value();
  Watch(slow, "general");
  Watch(quick, "general");
  int changes = 0;
  while (!watchers_.IsTooSlow(slow)) {
    ASSERT_LT(++changes, 1'000);
    if (changes % 2 == 1) {
      Join("bob", "general");
    } else {
      Leave("bob", "general");
    }
    Tick();
    EXPECT_NE(Take(quick), "");
  }
  EXPECT_FALSE(watchers_.IsTooSlow(quick));
  EXPECT_EQ(watchers_.TakeCutOff(), 1U);
  EXPECT_EQ(Take(slow), "");

  watchers_.Remove(slow);
  const Id again = watchers_.Add().value();
  Watch(again, "general");
  Tick();
  EXPECT_TRUE(Take(again).starts_with("general*")) << "it gets everything anew";
}

// A gateway that comes back asks for all its channels at once.
TEST_F(RosterWatchersTest, ManyRostersComeAsFastAsTheyAreRead) {
  const Id id = watchers_.Add().value();
  for (int channel = 0; channel < 50; ++channel) {
    for (int user = 0; user < 9; ++user) {
      const std::string name = "some-user-" + std::to_string(user);
      Join(name, "channel-" + std::to_string(channel));
    }
    Watch(id, "channel-" + std::to_string(channel));
  }
  int rosters = 0;
  for (int tick = 0; tick < 200 && rosters < 50; ++tick) {
    Tick();
    ASSERT_FALSE(watchers_.IsTooSlow(id));
    const std::string text = Take(id);
    for (std::size_t at = text.find('*'); at != std::string::npos; at = text.find('*', at + 1))
      ++rosters;
  }
  EXPECT_EQ(rosters, 50);
}

TEST_F(RosterWatchersTest, LimitsOnWatchersAndChannels) {
  const Id id = watchers_.Add().value();
  for (int i = 0; i < 50; ++i) Watch(id, "channel-" + std::to_string(i));
  EXPECT_FALSE(watchers_.Watch(id, ChannelName("one more")));
  EXPECT_TRUE(watchers_.Watch(id, ChannelName("channel-1"))) << "it has this one";
  ASSERT_TRUE(watchers_.Add());
  ASSERT_TRUE(watchers_.Add());
  EXPECT_FALSE(watchers_.Add());
  watchers_.Remove(id);
  EXPECT_TRUE(watchers_.Add());
}

}  // namespace
}  // namespace parley::presence
