#include <gtest/gtest.h>

#include <string>

#include "parley/internal/v1/registry.pb.h"
#include "services/presence/directory.h"
#include "tests/unit/presence/events.h"

namespace parley::presence {
namespace {

using Id = RosterWatchers::Id;

// Watchers that read late, or go; and what the directory counts.
class SlowWatchersTest : public testing::Test {
 protected:
  static DirectoryConfig Config() {
    DirectoryConfig config;
    config.registry.servers_max = 1;
    config.server_watchers = {.watchers_max = 2, .pending_max = 1};
    config.roster_watchers = {.watchers_max = 3,
                              .channels_per_watcher_max = 50,
                              .members_shown_max = 2,
                              .pending_bytes_max = 400,
                              .update_bytes_max = 40};
    return config;
  }

  void Apply(const ConnectionEvent& event) { directory_.Apply({event}, At(0)); }
  void Join(const std::string& user, const std::string& channel) {
    Apply(one_.Join(user, user, channel));
  }
  void Watch(Id id, const std::string& channel) {
    ASSERT_TRUE(watchers_.Watch(id, ChannelName(channel)));
  }
  void Tick(std::int64_t at_ms) { static_cast<void>(directory_.Tick(At(at_ms))); }

  // How many channels the next update is of; 0 when there is none.
  int Take(Id id) {
    const auto bytes = watchers_.Take(id);
    internal::v1::RosterUpdate update;
    EXPECT_TRUE(update.ParseFromString(bytes.value_or("")));
    return update.changes_size();
  }
  static std::string Name(int number) { return "channel-" + std::to_string(number); }

  Directory directory_{Config()};
  RosterWatchers& watchers_ = directory_.roster_watchers();
  EventSource one_{"one"};
};

TEST_F(SlowWatchersTest, WhatWaitsComesInUpdatesOfALimitedSize) {
  const Id id = watchers_.Add().value();
  Watch(id, Name(1));
  Watch(id, Name(2));
  Tick(0);
  ASSERT_EQ(Take(id), 2);
  Join("a-user-with-a-long-name", Name(1));
  Join("a-user-with-a-long-name", Name(2));
  Tick(100);
  EXPECT_EQ(Take(id), 1) << "the two are more than 40 bytes";
  EXPECT_EQ(Take(id), 1);
  EXPECT_EQ(Take(id), 0);
}

TEST_F(SlowWatchersTest, ACountWaitsForWhoHasNotReadWhatCameBefore) {
  for (const char* user : {"ann", "bob", "eve"}) Join(user, Name(0));
  const Id slow = watchers_.Add().value();
  for (int i = 1; i <= 4; ++i) Watch(slow, Name(i));
  Tick(0);
  Watch(slow, Name(0));
  Tick(100);
  Join("four", Name(0));
  Tick(200);
  while (Take(slow) > 0) {
  }
  const Id quick = watchers_.Add().value();
  Watch(quick, Name(0));
  Tick(300);
  EXPECT_EQ(Take(slow), 2) << "the count, once, and a roster that had no room either";
  EXPECT_EQ(Take(quick), 1);
  Join("five", Name(0));
  Tick(5'000);
  EXPECT_EQ(Take(slow), 1);
  EXPECT_EQ(Take(quick), 1);
}

TEST_F(SlowWatchersTest, WhoWasCutOffIsToldNothingMore) {
  const Id id = watchers_.Add().value();
  Watch(id, Name(0));
  Tick(0);
  for (int i = 0; i < 100; ++i) {
    const bool comes = i % 2 == 0;
    Apply(comes ? one_.Join("ann", "ann", Name(0)) : one_.Leave("ann", "ann", Name(0)));
    Tick(i);
  }
  EXPECT_TRUE(watchers_.IsTooSlow(id));
  EXPECT_EQ(Take(id), 0);
  EXPECT_EQ(directory_.TakeCounts().watchers_cut_off, 1U) << "once";
}

TEST_F(SlowWatchersTest, AServersWatcherThatWasCutOffIsToldNothingMore) {
  const auto id = directory_.server_watchers().Add().value();
  static_cast<void>(directory_.server_watchers().Take(id, directory_.registry()));
  for (int epoch = 1; epoch <= 3; ++epoch) {
    EventSource server("one", epoch);
    Apply(server.Heartbeat());
    Apply(server.Gone());
    Apply(EventSource("two", epoch).Heartbeat());
    Apply(EventSource("two", epoch).Gone());
  }
  EXPECT_TRUE(directory_.server_watchers().IsTooSlow(id));
  EXPECT_FALSE(directory_.server_watchers().Take(id, directory_.registry()));
  EXPECT_EQ(directory_.TakeCounts().watchers_cut_off, 1U);
}

TEST_F(SlowWatchersTest, OneThatStopsWatchingTakesTheChannelFromNobody) {
  const Id one = watchers_.Add().value();
  const Id other = watchers_.Add().value();
  Watch(one, Name(0));
  Watch(other, Name(0));
  watchers_.Unwatch(one, ChannelName(Name(0)));
  watchers_.Unwatch(one, ChannelName("never watched"));
  Tick(0);
  EXPECT_EQ(Take(one), 0);
  EXPECT_EQ(Take(other), 1);
  watchers_.Remove(one);
  watchers_.Remove(one);
  Join("ann", Name(0));
  Tick(100);
  EXPECT_EQ(Take(other), 1);
}

TEST_F(SlowWatchersTest, EventsThatChangeNothingAreCounted) {
  const ConnectionEvent join = one_.Join("s", "ann", Name(0));
  Apply(join);
  Apply(join);
  Apply(EventSource("one", 0).Heartbeat());
  Apply(EventSource("two").Heartbeat());
  const DirectoryCounts counts = directory_.TakeCounts();
  EXPECT_EQ(counts.applied[static_cast<std::size_t>(Type::kJoin)], 1U);
  EXPECT_EQ(counts.old, 2U);
  EXPECT_EQ(counts.refused, 1U) << "there is room for one server";
  EXPECT_TRUE(directory_.registry().attendance().SessionsOf("nobody").empty());
  EXPECT_EQ(directory_.registry().attendance().SessionsOf("ann").size(), 1U);
}

TEST_F(SlowWatchersTest, AServerThatMovedIsToldAnew) {
  const auto id = directory_.server_watchers().Add().value();
  ServerWatchers& servers = directory_.server_watchers();
  ConnectionEvent heartbeat = one_.Heartbeat();
  Apply(heartbeat);
  static_cast<void>(servers.Take(id, directory_.registry()));
  Apply(heartbeat);
  EXPECT_FALSE(servers.Take(id, directory_.registry())) << "nothing new";
  heartbeat.grpc_address = "elsewhere:1";
  Apply(heartbeat);
  const auto update = servers.Take(id, directory_.registry());
  ASSERT_TRUE(update);
  EXPECT_EQ(update->up(0).grpc_address(), "elsewhere:1");
}

}  // namespace
}  // namespace parley::presence
