#include "services/presence/watch/server_watchers.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/presence/events.h"

namespace parley::presence {
namespace {

class ServerWatchersTest : public testing::Test {
 protected:
  void Apply(const ConnectionEvent& event) {
    Changes changes;
    static_cast<void>(registry_.Apply(event, At(0), changes));
    watchers_.Record(changes);
  }

  // "* +one -two" for a snapshot with `one` up and `two` down; "" for nothing.
  std::string Take(ServerWatchers::Id watcher) {
    const auto update = watchers_.Take(watcher, registry_);
    if (!update) return "";
    std::string text = update->snapshot() ? "*" : "";
    for (const auto& server : update->up())
      text += " +" + server.id() + (server.draining() ? "(draining)" : "");
    for (const auto& server : update->down()) text += " -" + server;
    return text;
  }

  Registry registry_;
  ServerWatchers watchers_{{.watchers_max = 2, .pending_max = 3}};
};

TEST_F(ServerWatchersTest, FirstUpdateIsEverything) {
  Apply(EventSource("one").Heartbeat());
  Apply(EventSource("two").Heartbeat());
  const auto watcher = watchers_.Add().value();
  EXPECT_EQ(Take(watcher), "* +one +two");
  EXPECT_EQ(Take(watcher), "");
}

TEST_F(ServerWatchersTest, SnapshotOfNothingIsTold) {
  EXPECT_EQ(Take(watchers_.Add().value()), "*");
}

TEST_F(ServerWatchersTest, ChangesAreToldOnceAndTogether) {
  const auto watcher = watchers_.Add().value();
  EXPECT_EQ(Take(watcher), "*");
  Apply(EventSource("one").Heartbeat());
  Apply(EventSource("one").Draining());
  Apply(EventSource("two").Heartbeat());
  Apply(EventSource("two").Gone());
  EXPECT_EQ(Take(watcher), " +one(draining) -two");
  Apply(EventSource("one").Draining());
  EXPECT_EQ(Take(watcher), "");
}

TEST_F(ServerWatchersTest, AddressesAndEpochAreTold) {
  Apply(EventSource("one", 7).Heartbeat());
  const auto update = watchers_.Take(watchers_.Add().value(), registry_);
  ASSERT_TRUE(update);
  EXPECT_EQ(update->up(0).epoch(), 7);
  EXPECT_EQ(update->up(0).link_address(), "one:50052");
  EXPECT_EQ(update->up(0).grpc_address(), "one:50051");
}

TEST_F(ServerWatchersTest, WhoDoesNotReadIsTooSlowAndTheOthersAreNot) {
  const auto slow = watchers_.Add().value();
  const auto quick = watchers_.Add().value();
  EXPECT_EQ(Take(slow), "*");
  EXPECT_EQ(Take(quick), "*");
  for (const char* name : {"one", "two", "three"}) Apply(EventSource(name).Heartbeat());
  EXPECT_EQ(Take(quick), " +one +three +two");
  EXPECT_FALSE(watchers_.IsTooSlow(slow));
  Apply(EventSource("four").Heartbeat());
  EXPECT_TRUE(watchers_.IsTooSlow(slow));
  EXPECT_FALSE(watchers_.IsTooSlow(quick));
  EXPECT_EQ(watchers_.TakeCutOff(), 1U);
  EXPECT_EQ(watchers_.TakeCutOff(), 0U);
}

TEST_F(ServerWatchersTest, ThereIsAMostOfWatchers) {
  const auto first = watchers_.Add();
  ASSERT_TRUE(first);
  ASSERT_TRUE(watchers_.Add());
  EXPECT_FALSE(watchers_.Add());
  watchers_.Remove(*first);
  EXPECT_TRUE(watchers_.Add());
}

}  // namespace
}  // namespace parley::presence
