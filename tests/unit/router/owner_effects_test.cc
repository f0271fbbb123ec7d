#include "services/router/effects/owner_effects.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/fakes/router/fake_topic.h"
#include "tests/fakes/router/held_log.h"

namespace parley::router {
namespace {

class OwnerEffectsTest : public ::testing::Test {
 protected:
  // Offsets 3, 6, 9, … are unreadable.
  OwnerEffectsTest() {
    for (int i = 0; i < 30; ++i) {
      if (i % 3 == 0) {
        topic_.Append(0, {.key = "a", .value = "rubbish", .headers = {}, .time_ms = i});
      } else {
        topic_.AppendMessage("a", std::to_string(i), false, i);
      }
    }
  }

  void Read(Offset from, Offset end) {
    effects_.OnTail(topic_.Read(0, from, static_cast<std::size_t>(end - from)));
  }
  void ReadingFrom(Offset from) { effects_.OnReading(from); }
  void Tick() { effects_.Tick(now_ += std::chrono::seconds(2)); }
  std::vector<Offset> Buried() const {
    std::vector<Offset> offsets;
    for (const auto& produced : log_.produced) offsets.push_back(produced.offset);
    return offsets;
  }

  FakeTopic topic_{1};
  HeldLog log_;
  RequestIds ids_;
  RouterCounters counters_;
  OwnerEffects effects_{0, {.in_flight_max = 2, .waiting_max = 4}, log_, ids_, counters_};
  TimePoint now_;
};

TEST_F(OwnerEffectsTest, ANonOwnerDoesNothing) {
  ReadingFrom(0);
  Read(0, 30);
  Tick();
  EXPECT_TRUE(log_.produced.empty());
  EXPECT_TRUE(log_.commits.empty());
}

TEST_F(OwnerEffectsTest, BeginsAtTheCommittedOffset) {
  effects_.Begin(7);
  ReadingFrom(0);
  Read(0, 10);
  Tick();
  EXPECT_EQ(Buried(), (std::vector<Offset>{9}));
}

TEST_F(OwnerEffectsTest, CommitsOnlyWhatKafkaHas) {
  effects_.Begin(0);
  ReadingFrom(0);
  Read(0, 12);
  Tick();
  EXPECT_EQ(Buried(), (std::vector<Offset>{0, 3}));
  // The later of the two is reported first.
  EXPECT_TRUE(effects_.OnProduced(log_.produced[1].id, true, now_));
  Tick();
  EXPECT_TRUE(log_.commits.empty());
  EXPECT_TRUE(effects_.OnProduced(log_.produced[0].id, true, now_));
  Tick();
  EXPECT_EQ(log_.commits, (std::vector<Offset>{6}));
  for (std::size_t i = 2; i < log_.produced.size(); ++i) {
    EXPECT_TRUE(effects_.OnProduced(log_.produced[i].id, true, now_));
    Tick();
  }
  EXPECT_EQ(log_.commits.back(), 12);
  EXPECT_EQ(counters_.dead_letters.at("protobuf"), 4U);
}

TEST_F(OwnerEffectsTest, RepeatsWhatKafkaRefused) {
  effects_.Begin(0);
  ReadingFrom(0);
  Read(0, 1);
  Tick();
  ASSERT_EQ(Buried(), (std::vector<Offset>{0}));
  EXPECT_TRUE(effects_.OnProduced(log_.produced[0].id, false, now_));
  Tick();
  EXPECT_EQ(Buried(), (std::vector<Offset>{0, 0}));
  EXPECT_TRUE(log_.commits.empty());
}

TEST_F(OwnerEffectsTest, ReadsAgainWhatLiesBeforeTheTail) {
  effects_.Begin(4);
  ReadingFrom(20);
  Read(20, 22);
  Tick();
  ASSERT_EQ(log_.history.size(), 1U);
  EXPECT_EQ(log_.history[0].from, 4);
  HistoryChunk chunk{
      .id = log_.history[0].id, .partition = 0, .batch = topic_.Read(0, 4, 16), .bounds = {0, 30}};
  EXPECT_TRUE(effects_.Asked(chunk.id));
  effects_.OnHistory(chunk, now_);
  for (std::size_t i = 0; i < log_.produced.size(); ++i) {
    (void)effects_.OnProduced(log_.produced[i].id, true, now_);
    Tick();
  }
  EXPECT_EQ(Buried(), (std::vector<Offset>{6, 9, 12, 15, 18, 21}));
  EXPECT_EQ(log_.commits.back(), 22);
}

TEST_F(OwnerEffectsTest, WhatWasReadAndNotCommittedIsDoneAgainByTheNextOwnership) {
  effects_.Begin(0);
  ReadingFrom(0);
  Read(0, 10);
  Tick();
  effects_.End();
  effects_.Begin(0);
  Tick();
  ASSERT_EQ(log_.history.size(), 1U);
  EXPECT_EQ(log_.history[0].from, 0);
  EXPECT_EQ(log_.history[0].through, 9);
}

TEST_F(OwnerEffectsTest, NothingIsProducedOrCommittedWhileItIsSuspended) {
  effects_.Begin(0);
  ReadingFrom(0);
  effects_.Suspend(true);
  Read(0, 2);
  Tick();
  EXPECT_TRUE(log_.produced.empty());
  EXPECT_TRUE(log_.commits.empty());
  effects_.Suspend(false);
  Tick();
  EXPECT_EQ(Buried(), (std::vector<Offset>{0}));
}

}  // namespace
}  // namespace parley::router
