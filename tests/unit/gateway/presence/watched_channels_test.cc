#include "services/gateway/presence/watched_channels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parley::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class DeafListener final : public RosterListener {
 public:
  void OnRoster(const RosterChange&) override {}
};

class WatchedChannelsTest : public testing::Test {
 protected:
  // "+general -other" for what presence is asked next.
  std::string Ask(std::size_t channels_max = 100) {
    const auto request = watched_.TakeRequest(channels_max);
    if (!request) return "";
    std::string text;
    for (const auto& channel : request->add()) text += (text.empty() ? "+" : " +") + channel;
    for (const auto& channel : request->remove()) text += (text.empty() ? "-" : " -") + channel;
    return text;
  }

  // What is told, and to how many: "general +bob =1 to 1".
  std::vector<std::string> Hear(const std::string& channel, bool snapshot,
                                std::vector<std::string> joined, std::vector<std::string> left,
                                std::uint32_t members) {
    internal::v1::RosterUpdate update;
    auto& change = *update.add_changes();
    change.set_channel(channel);
    change.set_snapshot(snapshot);
    for (const auto& user : joined) change.add_joined(user);
    for (const auto& user : left) change.add_left(user);
    change.set_members(members);
    std::vector<std::string> texts;
    for (const auto& telling : watched_.Apply(update)) {
      std::string text = telling.change.channel.value();
      for (const auto& user : telling.change.joined) text += " +" + user.value();
      for (const auto& user : telling.change.left) text += " -" + user.value();
      text += " =" + std::to_string(telling.change.members) + " to " +
              std::to_string(telling.listeners.size());
      texts.push_back(text);
    }
    return texts;
  }
  std::vector<std::string> HearRoster(std::vector<std::string> users) {
    const auto members = static_cast<std::uint32_t>(users.size());
    return Hear("general", true, std::move(users), {}, members);
  }

  WatchedChannels watched_;
  DeafListener one_;
  DeafListener two_;
  const ChannelName general_{"general"};
};

TEST_F(WatchedChannelsTest, PresenceIsAskedOnceForAllListeners) {
  watched_.Watch(one_, general_);
  watched_.Watch(two_, general_);
  EXPECT_EQ(Ask(), "+general");
  watched_.Unwatch(one_, general_);
  EXPECT_EQ(Ask(), "");
  watched_.Unwatch(two_, general_);
  EXPECT_EQ(Ask(), "-general");
  EXPECT_EQ(watched_.size(), 0U);
}

TEST_F(WatchedChannelsTest, ListenerStopsAsOftenAsItWatched) {
  watched_.Watch(one_, general_);
  watched_.Watch(one_, general_);
  watched_.Unwatch(one_, general_);
  EXPECT_EQ(Ask(), "+general");
  watched_.Unwatch(one_, general_);
  watched_.Unwatch(one_, general_);
  EXPECT_EQ(Ask(), "-general");
}

TEST_F(WatchedChannelsTest, RequestsAreBounded) {
  for (int i = 0; i < 5; ++i) watched_.Watch(one_, ChannelName(std::to_string(i)));
  EXPECT_EQ(Ask(2), "+0 +1");
  watched_.Unwatch(one_, ChannelName("0"));
  EXPECT_EQ(Ask(2), "+2 -0");
  EXPECT_EQ(Ask(2), "+3 +4");
  EXPECT_EQ(Ask(2), "");
}

TEST_F(WatchedChannelsTest, FirstRosterTellsEverybodySinceNoneWasKnown) {
  watched_.Watch(one_, general_);
  static_cast<void>(Ask());
  EXPECT_THAT(HearRoster({"bob", "eve"}), ElementsAre("general +bob +eve =2 to 1"));
  EXPECT_THAT(Hear("general", false, {"joe"}, {"bob"}, 2),
              ElementsAre("general +joe -bob =2 to 1"));
}

TEST_F(WatchedChannelsTest, AfterARestartOnlyRealChangesAreTold) {
  watched_.Watch(one_, general_);
  static_cast<void>(Ask());
  static_cast<void>(HearRoster({"bob", "eve", "joe"}));
  watched_.Restart();
  EXPECT_EQ(Ask(), "+general");
  EXPECT_THAT(HearRoster({"bob", "eve", "joe"}), IsEmpty());
  watched_.Restart();
  EXPECT_EQ(Ask(), "+general");
  EXPECT_THAT(HearRoster({"ann", "bob", "joe"}), ElementsAre("general +ann -eve =3 to 1"));
}

TEST_F(WatchedChannelsTest, RepeatedChangesAreNotTold) {
  watched_.Watch(one_, general_);
  static_cast<void>(Ask());
  static_cast<void>(HearRoster({"bob"}));
  EXPECT_THAT(Hear("general", false, {"bob"}, {"eve"}, 1), IsEmpty());
}

TEST_F(WatchedChannelsTest, LargeChannelTellsTheCountAndComesBackQuietly) {
  watched_.Watch(one_, general_);
  static_cast<void>(Ask());
  static_cast<void>(HearRoster({"bob", "eve"}));
  EXPECT_THAT(Hear("general", false, {}, {}, 1'001), ElementsAre("general =1001 to 1"));
  EXPECT_THAT(Hear("general", false, {}, {}, 1'001), IsEmpty());
  EXPECT_THAT(HearRoster({"ann", "bob", "eve"}), ElementsAre("general =3 to 1"));
  EXPECT_THAT(Hear("general", false, {"joe"}, {}, 4), ElementsAre("general +joe =4 to 1"));
}

TEST_F(WatchedChannelsTest, WhatWasOnItsWayForAnEarlierWatchIsNotHeeded) {
  watched_.Watch(one_, general_);
  static_cast<void>(Ask());
  watched_.Unwatch(one_, general_);
  EXPECT_THAT(HearRoster({"bob"}), IsEmpty());
  watched_.Watch(one_, general_);
  EXPECT_THAT(HearRoster({"bob"}), IsEmpty());
  EXPECT_EQ(Ask(), "+general");
  EXPECT_THAT(HearRoster({"bob"}), ElementsAre("general +bob =1 to 1"));
}

TEST_F(WatchedChannelsTest, UnknownChannelsAreIgnored) {
  EXPECT_THAT(HearRoster({"bob"}), IsEmpty());
}

class WatchedMembersTest : public testing::Test {
 protected:
  WatchedMembersTest() { watched_.Watch(listener_, general_); }

  internal::v1::RosterChange& Change(internal::v1::RosterUpdate& update, std::uint32_t members) {
    auto& change = *update.add_changes();
    change.set_channel("general");
    change.set_members(members);
    return change;
  }
  static void AddJoined(internal::v1::RosterChange& change, const std::string& user,
                        std::uint32_t sessions) {
    change.add_joined(user);
    if (sessions > 0) change.add_sessions(sessions);
  }
  // As if it had been asked for and answered.
  void HearRoster() {
    static_cast<void>(watched_.TakeRequest(100));
    internal::v1::RosterUpdate update;
    auto& change = Change(update, 2);
    change.set_snapshot(true);
    AddJoined(change, "bob", 1);
    AddJoined(change, "eve", 2);
    static_cast<void>(watched_.Apply(update));
  }
  std::string Members(std::uint32_t limit = 0) const {
    const auto reply = watched_.Members(general_, limit);
    if (!reply) return "unknown";
    std::string text = std::to_string(reply->total);
    for (const auto& member : reply->members) {
      text += " " + member.user.value() + ":" + std::to_string(member.sessions);
    }
    return text;
  }

  WatchedChannels watched_;
  DeafListener listener_;
  const ChannelName general_{"general"};
};

TEST_F(WatchedMembersTest, AreKnownFromTheRosterOn) {
  EXPECT_EQ(Members(), "unknown");
  HearRoster();
  EXPECT_EQ(Members(), "2 bob:1 eve:2");
  EXPECT_EQ(Members(1), "2 bob:1");
  EXPECT_FALSE(watched_.Members(ChannelName("other"), 0));
}

TEST_F(WatchedMembersTest, AnotherNumberOfSessionsIsNoNewsForListeners) {
  HearRoster();
  internal::v1::RosterUpdate update;
  AddJoined(Change(update, 2), "bob", 3);
  EXPECT_THAT(watched_.Apply(update), IsEmpty());
  EXPECT_EQ(Members(), "2 bob:3 eve:2");
}

TEST_F(WatchedMembersTest, AreNotKnownWhileTheRosterIsAskedAnew) {
  HearRoster();
  watched_.Restart();
  EXPECT_EQ(Members(), "unknown");
  HearRoster();
  EXPECT_EQ(Members(), "2 bob:1 eve:2");
}

TEST_F(WatchedMembersTest, AreNotKnownFromAReplicaThatDoesNotCount) {
  HearRoster();
  internal::v1::RosterUpdate update;
  AddJoined(Change(update, 3), "joe", 0);
  EXPECT_EQ(watched_.Apply(update).size(), 1U);
  EXPECT_EQ(Members(), "unknown");
}

TEST_F(WatchedMembersTest, AreNotKnownWhileOnlyTheirNumberIsTold) {
  HearRoster();
  internal::v1::RosterUpdate update;
  Change(update, 2'000);
  static_cast<void>(watched_.Apply(update));
  EXPECT_EQ(Members(), "unknown");
}

}  // namespace
}  // namespace parley::gateway
