#include "services/presence/registry/eviction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "tests/unit/presence/events.h"

namespace parley::presence {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int kTimeoutMs = 10'000;

class EvictionTest : public testing::Test {
 protected:
  void Beat(const std::string& server, std::int64_t at_ms, std::int64_t epoch = 1) {
    Changes changes;
    static_cast<void>(registry_.Apply(EventSource(server, epoch).Heartbeat(), At(at_ms), changes));
  }
  void BeatAllBut(const std::string& silent, std::int64_t at_ms) {
    const auto servers = registry_.servers();
    for (const auto& [id, server] : servers) {
      if (id.value() != silent) Beat(id.value(), at_ms);
    }
  }
  // The log is read as it grows, from now on or until it is lost.
  void Follow(TimePoint now) {
    following_ = true;
    read_through_ = now;
    eviction_.FollowsLog(now);
  }
  void Lose() { following_ = false; }
  EvictionStep Check(std::int64_t at_ms) {
    while (following_ && read_through_ < At(at_ms)) {
      Follow(std::min<TimePoint>(read_through_ + std::chrono::milliseconds(500), At(at_ms)));
    }
    return eviction_.Check(registry_, At(at_ms));
  }
  void Drop(const ServerId& server) {
    Changes changes;
    registry_.Drop(server, changes);
  }

  Registry registry_;
  Eviction eviction_{EvictionConfig{}};
  bool following_ = false;
  TimePoint read_through_;
};

TEST_F(EvictionTest, SilentServerIsDroppedAtTheTimeout) {
  Follow(At(0));
  Beat("one", 1'000);
  EXPECT_THAT(Check(1'000 + kTimeoutMs - 1).drop, IsEmpty());
  EXPECT_THAT(Check(1'000 + kTimeoutMs).drop, ElementsAre(ServerId("one")));
}

TEST_F(EvictionTest, HeartbeatsKeepAServer) {
  Follow(At(0));
  for (int at = 0; at < 60'000; at += 2'000) {
    Beat("one", at);
    EXPECT_THAT(Check(at + 1'999).drop, IsEmpty());
  }
}

TEST_F(EvictionTest, NobodyIsDroppedWhileTheReplicaCatchesUp) {
  Beat("one", 0);
  EXPECT_THAT(Check(100'000).drop, IsEmpty());
  Follow(At(100'000));
  EXPECT_THAT(Check(100'000 + kTimeoutMs - 1).drop, IsEmpty());
  EXPECT_THAT(Check(100'000 + kTimeoutMs).drop, ElementsAre(ServerId("one")));
}

TEST_F(EvictionTest, TimeInWhichTheLogIsNotReadIsNotSilence) {
  Follow(At(0));
  Beat("one", 0);
  EXPECT_THAT(Check(5'000).drop, IsEmpty());
  Lose();
  EXPECT_TRUE(eviction_.following(At(7'000)));
  EXPECT_FALSE(eviction_.following(At(7'001)));
  EXPECT_THAT(Check(60'000).drop, IsEmpty());
  // What comes first may tell of long ago: it was asked for before Kafka went away.
  Follow(At(6'000));
  EXPECT_THAT(eviction_.Check(registry_, At(60'000)).drop, IsEmpty());
  Follow(At(60'000));
  EXPECT_THAT(Check(60'000 + kTimeoutMs - 1).drop, IsEmpty());
  EXPECT_THAT(Check(60'000 + kTimeoutMs).drop, ElementsAre(ServerId("one")));
}

TEST_F(EvictionTest, SilenceStartsAnewWhenKafkaIsBack) {
  Follow(At(0));
  Beat("one", 0);
  Lose();
  EXPECT_THAT(Check(kTimeoutMs).drop, IsEmpty());
  Follow(At(60'000));
  EXPECT_THAT(Check(60'000 + kTimeoutMs - 1).drop, IsEmpty());
  EXPECT_THAT(Check(60'000 + kTimeoutMs).drop, ElementsAre(ServerId("one")));
}

TEST_F(EvictionTest, AThirdOfTheServersIsDroppedWithoutAsking) {
  Follow(At(0));
  for (const char* name : {"one", "two", "three"}) Beat(name, 0);
  BeatAllBut("two", 9'000);
  const EvictionStep step = Check(kTimeoutMs);
  EXPECT_THAT(step.drop, ElementsAre(ServerId("two")));
  EXPECT_THAT(step.probe, IsEmpty());
}

// The first to reach the timeout is alone, but the others are on their way.
TEST_F(EvictionTest, MassSilenceIsHeldBackEvenThoughItComesOneByOne) {
  Follow(At(0));
  for (int i = 0; i < 9; ++i) Beat("server-" + std::to_string(i), i * 200);
  for (int at = kTimeoutMs; at < kTimeoutMs + 3'000; at += 100)
    EXPECT_THAT(Check(at).drop, IsEmpty()) << at;
  EXPECT_EQ(eviction_.held_back(), 9U);
}

TEST_F(EvictionTest, HeldBackServersAreProbedAndDroppedOnlyWhenGone) {
  Follow(At(0));
  Beat("dead", 0);
  Beat("alive", 0);
  const EvictionStep step = Check(kTimeoutMs);
  EXPECT_THAT(step.drop, IsEmpty());
  ASSERT_THAT(step.probe, SizeIs(2));
  EXPECT_EQ(step.probe[1].server, ServerId("dead"));
  EXPECT_EQ(step.probe[1].address, "dead:50052");
  EXPECT_THAT(Check(kTimeoutMs + 5'000).probe, IsEmpty()) << "one probe of a server at a time";

  eviction_.Probed({ServerId("dead"), 1, true});
  eviction_.Probed({ServerId("alive"), 1, false});
  const EvictionStep answered = Check(kTimeoutMs + 5'000);
  EXPECT_THAT(answered.drop, IsEmpty());
  EXPECT_THAT(answered.drop_gone, ElementsAre(ServerId("dead")));
  Drop(ServerId("dead"));
  EXPECT_THAT(answered.probe, SizeIs(1)) << "who answers is asked again after the interval";
}

TEST_F(EvictionTest, ProbesAreRepeatedAtTheInterval) {
  Follow(At(0));
  Beat("one", 0);
  Beat("two", 0);
  EXPECT_THAT(Check(kTimeoutMs).probe, SizeIs(2));
  eviction_.Probed({ServerId("one"), 1, false});
  eviction_.Probed({ServerId("two"), 1, false});
  EXPECT_THAT(Check(kTimeoutMs + 1'999).probe, IsEmpty());
  EXPECT_THAT(Check(kTimeoutMs + 2'000).probe, SizeIs(2));
}

TEST_F(EvictionTest, AnswerAboutAnOlderEpochOrAnUnknownServerIsIgnored) {
  Follow(At(0));
  Beat("one", 0, 2);
  Beat("two", 0);
  EXPECT_THAT(Check(kTimeoutMs).probe, SizeIs(2));
  eviction_.Probed({ServerId("one"), 1, true});
  eviction_.Probed({ServerId("three"), 1, true});
  EXPECT_THAT(Check(kTimeoutMs + 1).drop_gone, IsEmpty());
}

TEST_F(EvictionTest, LateAnswerDoesNotDropWhoIsHeardAgain) {
  Follow(At(0));
  Beat("one", 0);
  Beat("two", 0);
  EXPECT_THAT(Check(kTimeoutMs).probe, SizeIs(2));
  Beat("one", kTimeoutMs + 1);
  Beat("two", kTimeoutMs + 1);
  EXPECT_THAT(Check(kTimeoutMs + 2).drop_gone, IsEmpty());
  eviction_.Probed({ServerId("one"), 1, true});
  EXPECT_THAT(Check(kTimeoutMs + 3).drop_gone, IsEmpty());
  EXPECT_EQ(eviction_.held_back(), 0U);
}

TEST_F(EvictionTest, ProbeFindsNobodyGoneWhenKafkaIsLostMeanwhile) {
  Follow(At(0));
  Beat("one", 0);
  Beat("two", 0);
  EXPECT_THAT(Check(kTimeoutMs).probe, SizeIs(2));
  Lose();
  eviction_.Probed({ServerId("one"), 1, true});
  EXPECT_THAT(Check(kTimeoutMs + 2'001).drop_gone, IsEmpty());
  Follow(At(kTimeoutMs + 3'000));
  EXPECT_THAT(Check(kTimeoutMs + 3'001).drop_gone, IsEmpty()) << "its silence starts anew";
}

TEST_F(EvictionTest, HoldingBackEndsWhenTheOthersAreHeardAgain) {
  Follow(At(0));
  for (const char* name : {"one", "two", "three"}) Beat(name, 0);
  EXPECT_THAT(Check(kTimeoutMs).drop, IsEmpty());
  BeatAllBut("one", kTimeoutMs + 1);
  EXPECT_THAT(Check(kTimeoutMs + 2).drop, ElementsAre(ServerId("one")));
}

}  // namespace
}  // namespace parley::presence
