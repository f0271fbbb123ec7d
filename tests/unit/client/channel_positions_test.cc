#include "client/channel_positions.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace parley::client {
namespace {

using Verdict = ChannelPositions::Verdict;

const ChannelName kGeneral("general");

PositionToken At(int number) {
  const std::string digits = std::to_string(number);
  return PositionToken(std::string(8 - digits.size(), '0') + digits);
}

Message MessageAt(int position, int previous) {
  Message message{.channel = kGeneral};
  message.position = At(position);
  if (previous >= 0) message.previous = At(previous);
  return message;
}

TEST(ChannelPositionsTest, MessagesThatFollowEachOtherAreNoGap) {
  ChannelPositions positions;
  positions.Reset(kGeneral, At(5));
  EXPECT_EQ(positions.Take(MessageAt(7, 3)), Verdict::kNext);
  EXPECT_EQ(positions.Take(MessageAt(9, 7)), Verdict::kNext);
  EXPECT_EQ(positions.Last(kGeneral), At(9));
}

TEST(ChannelPositionsTest, PreviousBeyondWhatWasGivenIsAGap) {
  ChannelPositions positions;
  positions.Reset(kGeneral, At(5));
  EXPECT_EQ(positions.Take(MessageAt(9, 7)), Verdict::kAfterGap);
  EXPECT_EQ(positions.Take(MessageAt(10, 9)), Verdict::kNext);
}

TEST(ChannelPositionsTest, UnknownPreviousIsNoGap) {
  ChannelPositions positions;
  positions.Reset(kGeneral, At(5));
  EXPECT_EQ(positions.Take(MessageAt(9, -1)), Verdict::kNext);
}

TEST(ChannelPositionsTest, WhatWasGivenIsADuplicate) {
  ChannelPositions positions;
  positions.Reset(kGeneral, At(5));
  EXPECT_EQ(positions.Take(MessageAt(5, 4)), Verdict::kDuplicate);
  EXPECT_EQ(positions.Last(kGeneral), At(5));
}

TEST(ChannelPositionsTest, FirstMessageOfAnUnknownChannelIsNoGap) {
  ChannelPositions positions;
  EXPECT_EQ(positions.Take(MessageAt(9, 7)), Verdict::kNext);
}

TEST(ChannelPositionsTest, CheckpointsOnlyGoForward) {
  ChannelPositions positions;
  positions.Reset(kGeneral, At(5));
  positions.Advance(kGeneral, At(8));
  positions.Advance(kGeneral, At(6));
  EXPECT_EQ(positions.Last(kGeneral), At(8));
  EXPECT_EQ(positions.Take(MessageAt(9, 8)), Verdict::kNext);
}

TEST(ChannelPositionsTest, ALeftChannelStartsAnew) {
  ChannelPositions positions;
  positions.Reset(kGeneral, At(5));
  positions.Forget(kGeneral);
  EXPECT_TRUE(positions.Last(kGeneral).empty());
}

// A log of one channel, of which messages get lost and come twice on the way; the model remembers
// what was given.
TEST(ChannelPositionsTest, AgreesWithAModelOnARandomWalk) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  ChannelPositions positions;
  int last_given = 0;
  int last_said = 0;
  positions.Reset(kGeneral, At(0));
  for (int step = 0; step < 20'000; ++step) {
    const int previous = last_said;
    last_said += 1 + static_cast<int>(random() % 3);
    if (random() % 10 == 0) continue;  // Lost.
    const Verdict expected = previous > last_given ? Verdict::kAfterGap : Verdict::kNext;
    ASSERT_EQ(positions.Take(MessageAt(last_said, previous)), expected) << "step " << step;
    last_given = last_said;
    if (random() % 10 == 0) {
      ASSERT_EQ(positions.Take(MessageAt(last_said, previous)), Verdict::kDuplicate);
    }
  }
}

}  // namespace
}  // namespace parley::client
