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

}  // namespace
}  // namespace parley::gateway
