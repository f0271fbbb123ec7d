#include "services/gateway/feed/channel_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/feed/recorders.h"

namespace parley::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

PageRequest Forward(Offset after, std::uint32_t limit = 100, std::size_t bytes_max = 1 << 20) {
  return {ChannelName("a"), PageRequest::Direction::kForward, after, limit, bytes_max, 0};
}

class ChannelRingTest : public testing::Test {
 protected:
  ChannelRingTest() {
    config.recent_messages_per_channel_max = 3;
    config.recent_bytes_max = 8192;
  }

  FeedConfig config;
  RecentMessages recent{config};
};

TEST_F(ChannelRingTest, AnswersFromWhereItBegan) {
  ChannelRing ring(recent, 10);
  ring.Push(TestMessage("a", 12));
  ring.Push(TestMessage("a", 15));
  EXPECT_FALSE(ring.Forward(Forward(9), 20));
  const auto page = ring.Forward(Forward(10), 20);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->outcome, PageOutcome::kOk);
  EXPECT_THAT(OffsetsOf(*page), ElementsAre(12, 15));
  EXPECT_EQ(page->through, 20);
  EXPECT_THAT(OffsetsOf(*ring.Forward(Forward(12), 20)), ElementsAre(15));
  EXPECT_THAT(OffsetsOf(*ring.Forward(Forward(20), 20)), IsEmpty());
}

TEST_F(ChannelRingTest, SaysNothingOfWhatLiesBeyondTheCursor) {
  ChannelRing ring(recent, 10);
  EXPECT_FALSE(ring.Forward(Forward(21), 20));
}

TEST_F(ChannelRingTest, OldestIsGivenUpAtTheCountAndNoLongerCovered) {
  ChannelRing ring(recent, 0);
  for (Offset offset = 1; offset <= 4; ++offset) ring.Push(TestMessage("a", offset));
  EXPECT_EQ(ring.covered_from(), 1);
  EXPECT_FALSE(ring.Forward(Forward(0), 4));
  EXPECT_THAT(OffsetsOf(*ring.Forward(Forward(1), 4)), ElementsAre(2, 3, 4));
}

TEST_F(ChannelRingTest, OldestOfAllChannelsIsGivenUpAtTheBytes) {
  ChannelRing old_ring(recent, 0);
  ChannelRing new_ring(recent, 0);
  old_ring.Push(TestMessage("old", 1));
  for (Offset offset = 2; recent.evicted() == 0; ++offset)
    new_ring.Push(TestMessage("new", offset, 1500));
  EXPECT_EQ(old_ring.covered_from(), 1);
  EXPECT_EQ(new_ring.covered_from(), 0);
  EXPECT_LE(recent.bytes(), config.recent_bytes_max);
}

TEST_F(ChannelRingTest, MessageLargerThanAllBytesIsNotKept) {
  ChannelRing ring(recent, 0);
  ring.Push(TestMessage("a", 7, config.recent_bytes_max));
  EXPECT_EQ(recent.bytes(), 0u);
  EXPECT_EQ(ring.covered_from(), 7);
}

TEST_F(ChannelRingTest, PageEndsAtTheLimitWithItsLastMessage) {
  ChannelRing ring(recent, 0);
  for (const Offset offset : {1, 3, 5}) ring.Push(TestMessage("a", offset, 100));
  const auto two = ring.Forward(Forward(0, 2), 9);
  EXPECT_THAT(OffsetsOf(*two), ElementsAre(1, 3));
  EXPECT_EQ(two->through, 3);
  EXPECT_THAT(OffsetsOf(*ring.Forward(Forward(0, 100, 250), 9)), ElementsAre(1, 3));
  EXPECT_THAT(OffsetsOf(*ring.Forward(Forward(0, 100, 1), 9)), ElementsAre(1))
      << "a page makes progress";
}

TEST_F(ChannelRingTest, RestartAndDestructionGiveTheBytesBack) {
  {
    ChannelRing ring(recent, 0);
    ring.Push(TestMessage("a", 1));
    ring.Restart(5);
    EXPECT_EQ(recent.bytes(), 0u);
    EXPECT_FALSE(ring.Forward(Forward(1), 9));
    ring.Push(TestMessage("a", 6));
    EXPECT_GT(recent.bytes(), 0u);
  }
  EXPECT_EQ(recent.bytes(), 0u);
}

}  // namespace
}  // namespace parley::gateway
