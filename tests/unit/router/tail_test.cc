#include "services/router/tail/tail.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/fakes/router/fake_topic.h"

namespace parley::router {
namespace {

std::vector<Offset> OffsetsOf(const RecordRuns& records) {
  std::vector<Offset> offsets;
  for (const RecordRuns::Run& run : records.runs()) {
    for (std::uint32_t i = run.first; i < run.last; ++i)
      offsets.push_back(run.batch->entries()[i].offset);
  }
  return offsets;
}

// The tail against a vector of all that was ever added.
class TailWalk {
 public:
  explicit TailWalk(std::uint32_t seed) : random_(seed), topic_(1), tail_(Config(), channels_) {
    tail_.Restart(0);
  }

  void Step() {
    switch (Draw(6)) {
      case 0:
      case 1:
        Append();
        break;
      case 2:
        CheckAfter();
        break;
      case 3:
        CheckAfterIn();
        break;
      case 4:
        CheckLastOf();
        break;
      default:
        if (Draw(100) == 0) Restart();
    }
    CheckBounds();
  }

 private:
  struct Known {
    Offset offset;
    std::string channel;
  };

  int Draw(int limit) { return static_cast<int>(random_() % static_cast<std::uint32_t>(limit)); }
  std::string DrawChannel() { return std::string(1, static_cast<char>('a' + Draw(5))); }
  Offset DrawOffset() {
    return tail_.start() - 1 + Draw(static_cast<int>(tail_.end() - tail_.start()) + 3);
  }

  TailConfig Config() {
    config_ = {.bytes_max = static_cast<std::size_t>(1000 + Draw(20'000)),
               .records_max = static_cast<std::size_t>(1 + Draw(100)),
               .age_max = std::chrono::milliseconds(1 + Draw(3000)),
               .piece_bytes = static_cast<std::size_t>(Draw(kPieceBytesMax))};
    return config_;
  }

  void Append() {
    const Offset from = topic_.Bounds(0).end;
    std::vector<std::string> names;
    for (int i = 1 + Draw(8); i > 0; --i) {
      time_ms_ += Draw(50);
      names.push_back(DrawChannel());
      topic_.AppendMessage(names.back(), std::to_string(time_ms_), false, time_ms_);
    }
    const BatchPtr batch = topic_.Read(0, from, names.size());
    for (std::uint32_t i = 0; i < names.size(); ++i) {
      if (Draw(20) == 0) tail_.Advance(from + i);  // The rest comes later.
      if (Draw(5) == 0) continue;                  // A duplicate.
      tail_.Add(batch, i);
      known_.push_back({from + i, names[i]});
    }
    tail_.Advance(batch->through() + 1);
    end_ = batch->through() + 1;
  }

  void Restart() {
    const Offset gap = topic_.Bounds(0).end;
    tail_.Restart(gap);
    known_.clear();
    end_ = gap;
  }

  void CheckBounds() {
    EXPECT_EQ(tail_.end(), end_);
    std::erase_if(known_, [&](const Known& known) { return known.offset < tail_.start(); });
    EXPECT_EQ(tail_.records(), known_.size());
    // One batch or piece may stand over the bounds, more may not.
    EXPECT_LE(tail_.records(), config_.records_max + 8 + kPieceBytesMax / 100);
    EXPECT_LE(tail_.bytes(), config_.bytes_max + 4000 + kPieceBytesMax);
  }

  template <class Wanted>
  std::vector<Offset> Expected(Offset after, Offset through, const Wanted& wanted) const {
    std::vector<Offset> expected;
    for (const Known& known : known_) {
      if (known.offset > after && known.offset <= through && wanted(known.channel)) {
        expected.push_back(known.offset);
      }
    }
    return expected;
  }

  void CheckAfter() {
    ChannelSet wanted(channels_);
    for (int i = Draw(4); i > 0; --i) wanted.Add(DrawChannel());
    const Offset after = DrawOffset();
    const auto bytes_max = static_cast<std::size_t>(Draw(1000));
    const Slice slice = tail_.After(after, wanted, bytes_max);
    EXPECT_EQ(OffsetsOf(slice.records),
              Expected(after, slice.through,
                       [&](const std::string& channel) { return wanted.Has(channel); }));
    EXPECT_TRUE(slice.records.count() <= 1 || slice.records.bytes() <= bytes_max);
    EXPECT_TRUE(slice.through + 1 >= end_ || !slice.records.empty()) << "no progress";
  }

  void CheckAfterIn() {
    const std::string channel = DrawChannel();
    const Offset after = DrawOffset();
    const auto limit = static_cast<std::size_t>(1 + Draw(6));
    const Slice slice = tail_.AfterIn(channel, after, limit, 1000);
    EXPECT_EQ(
        OffsetsOf(slice.records),
        Expected(after, slice.through, [&](const std::string& name) { return name == channel; }));
    EXPECT_LE(slice.records.count(), limit);
    EXPECT_TRUE(slice.through + 1 >= end_ || !slice.records.empty()) << "no progress";
  }

  void CheckLastOf() {
    const std::string channel = DrawChannel();
    const Offset before = DrawOffset();
    const auto limit = static_cast<std::size_t>(1 + Draw(6));
    const BackSlice slice = tail_.LastOf(channel, before, limit, 400);
    EXPECT_EQ(OffsetsOf(slice.records),
              Expected(slice.from - 1, before - 1,
                       [&](const std::string& name) { return name == channel; }));
    EXPECT_LE(slice.records.count(), limit);
    EXPECT_TRUE(slice.full || slice.from == tail_.start());
  }

  static constexpr int kPieceBytesMax = 3000;

  std::mt19937 random_;
  FakeTopic topic_;
  TailConfig config_;
  ChannelTable channels_;
  Tail tail_;
  std::int64_t time_ms_ = 0;
  std::vector<Known> known_;
  Offset end_ = 0;
};

TEST(TailTest, AnswersAsAListOfAllRecordsWould) {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    TailWalk walk(seed);
    for (int i = 0; i < 300 && !::testing::Test::HasFailure(); ++i) walk.Step();
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed;
  }
}

TEST(TailTest, DropsTheOldestByRecordsBytesOrAge) {
  FakeTopic topic(1);
  for (int i = 0; i < 100; ++i) topic.AppendMessage("a", std::to_string(i), false, i * 10);
  const auto kept = [&](const TailConfig& config) {
    ChannelTable channels;
    Tail tail(config, channels);
    tail.Restart(0);
    for (Offset offset = 0; offset < 100; ++offset) {
      tail.Add(topic.Read(0, offset, 1), 0);
      tail.Advance(offset + 1);
    }
    EXPECT_EQ(channels.size(), 1U);
    return tail.end() - tail.start();
  };
  EXPECT_EQ(kept({.records_max = 30}), 30);
  EXPECT_EQ(kept({.age_max = std::chrono::milliseconds(200)}), 21);
  EXPECT_LT(kept({.bytes_max = 10'000}), 100);
  EXPECT_EQ(kept({}), 100);
}

// A quiet partition's records come one by one.
TEST(TailTest, PutsSmallBatchesTogether) {
  constexpr Offset kRecords = 2000;
  FakeTopic topic(1);
  ChannelTable channels;
  Tail tail({}, channels);
  tail.Restart(0);
  std::vector<std::weak_ptr<const RecordBatch>> batches;
  std::size_t bytes = 0;
  for (Offset offset = 0; offset < kRecords; ++offset) {
    topic.AppendMessage("a", std::to_string(offset), false, offset);
    const BatchPtr batch = topic.Read(0, offset, 1);
    bytes += batch->memory();
    batches.push_back(batch);
    tail.Add(batch, 0);
    tail.Advance(offset + 1);
  }
  EXPECT_TRUE(batches.front().expired());
  EXPECT_LT(tail.bytes(), bytes * 2 / 3);
  const Slice slice = tail.AfterIn("a", -1, kRecords, bytes);
  EXPECT_EQ(slice.records.count(), static_cast<std::size_t>(kRecords));
  EXPECT_LT(slice.records.runs().size(), static_cast<std::size_t>(kRecords) / 4);
}

TEST(ChannelTableTest, ASlotIsUsedAgainOnceNobodyHoldsIt) {
  ChannelTable table;
  const ChannelTable::Slot first = table.Acquire("a");
  EXPECT_EQ(table.Acquire("a"), first);
  table.Release(first);
  EXPECT_EQ(table.Find("a"), first);
  {
    ChannelSet set(table);
    set.Add("a");
    set.Add("a");
    EXPECT_EQ(set.size(), 1U);
    table.Release(first);
    EXPECT_TRUE(set.Has("a"));
  }
  EXPECT_EQ(table.Find("a"), std::nullopt);
  EXPECT_EQ(table.Acquire("b"), first);
}

}  // namespace
}  // namespace parley::router
