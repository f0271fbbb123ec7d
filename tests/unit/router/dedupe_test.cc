#include "services/router/dedupe/dedupe.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <random>
#include <string>
#include <vector>

#include "services/router/dedupe/look_back.h"
#include "tests/fakes/router/fake_topic.h"

namespace parley::router {
namespace {

constexpr std::int64_t kWindowMs = 1000;
constexpr std::int64_t kLateMs = 150;

// The log, for a LookBack that asks.
class ScanPort final : public LogPort {
 public:
  explicit ScanPort(const FakeTopic& topic) : topic_(topic) {}

  std::optional<HistoryRequest> request;

  HistoryChunk Answer(std::size_t count) {
    const HistoryRequest asked = *std::exchange(request, std::nullopt);
    HistoryChunk chunk{
        .id = asked.id, .partition = 0, .batch = nullptr, .bounds = topic_.Bounds(0)};
    Offset from = asked.from;
    if (asked.look_back_ms > 0) {
      chunk.since_ms = *asked.from_time_ms - asked.look_back_ms;
      from = std::min(from, topic_.FirstSince(0, chunk.since_ms));
      if (from == chunk.bounds.start) chunk.since_ms = Dedupe::kSinceStart;
    }
    chunk.batch = topic_.Read(0, from, count);
    return chunk;
  }

  void StartReading(Partition, RequestId, std::optional<Offset>) override {}
  void StopReading(Partition) override {}
  void ReadHistory(const HistoryRequest& asked) override { request = asked; }
  void AskBounds(Partition) override {}
  void Commit(Partition, Offset) override {}
  void Produce(RequestId, Partition, const SetAside&) override {}

 private:
  const FakeTopic& topic_;
};

struct Judged {
  std::vector<Offset> visible;
  std::uint64_t look_backs = 0;
};

// Reads the log from `from` on as a router would, and says which of the records whose verdict is
// known it shows.
Judged Read(const FakeTopic& topic, Offset from, std::size_t records_max, std::size_t chunk) {
  ScanPort port(topic);
  RequestIds ids;
  RouterCounters counters;
  Dedupe dedupe({.window_ms = kWindowMs, .late_ms = kLateMs, .records_max = records_max});
  LookBack look_back(0, {}, port, ids, counters);
  const std::int64_t since = from == 0 ? Dedupe::kSinceStart : topic.At(0, from).time_ms;
  dedupe.Restart(from, since);
  const BatchPtr batch = topic.Read(0, from, 10'000);
  Judged judged;
  for (const BatchEntry& record : batch->entries()) {
    Verdict verdict = dedupe.Judge(record);
    if (verdict == Verdict::kUnknown) {
      look_back.Start({record}, dedupe, {});
      while (!look_back.OnHistory(port.Answer(chunk), dedupe, {})) {
      }
      verdict = dedupe.Judge(record);
      EXPECT_NE(verdict, Verdict::kUnknown) << "offset " << record.offset;
    }
    if (verdict == Verdict::kFirst) judged.visible.push_back(record.offset);
    dedupe.Learn(record);
  }
  judged.look_backs = counters.look_backs;
  return judged;
}

TEST(DedupeTest, VerdictsAreAPropertyOfTheLogAlone) {
  std::size_t duplicates = 0;
  std::uint64_t look_backs = 0;
  for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
    std::mt19937 random(seed);
    const auto draw = [&](int limit) {
      return static_cast<int>(random() % static_cast<std::uint32_t>(limit));
    };
    FakeTopic topic(1);
    std::int64_t time_ms = 10'000;
    for (int i = 0; i < 150; ++i) {
      // Now and then the clock of a new leader lies behind.
      time_ms += draw(60) - (draw(20) == 0 ? 100 : 0);
      const std::string channel(1, static_cast<char>('a' + draw(2)));
      topic.AppendMessage(channel, "id-" + std::to_string(draw(20)), draw(3) == 0, time_ms);
    }
    std::vector<Offset> expected = topic.Visible("a", kWindowMs, kLateMs);
    const std::vector<Offset> other = topic.Visible("b", kWindowMs, kLateMs);
    expected.insert(expected.end(), other.begin(), other.end());
    std::sort(expected.begin(), expected.end());
    duplicates += 150 - expected.size();

    const Judged all = Read(topic, 0, 1'000'000, 1000);
    ASSERT_EQ(all.visible, expected) << "seed " << seed;

    const Judged forgetful = Read(topic, 0, static_cast<std::size_t>(1 + draw(40)),
                                  static_cast<std::size_t>(1 + draw(50)));
    ASSERT_EQ(forgetful.visible, expected) << "seed " << seed;
    look_backs += forgetful.look_backs;
  }
  EXPECT_GT(duplicates, 10'000U);
  EXPECT_GT(look_backs, 1'000U);
}

BatchEntry Entry(Offset offset, std::int64_t time_ms, bool retry) {
  BatchEntry entry;
  entry.offset = offset;
  entry.time_ms = time_ms;
  entry.retry = retry;
  return entry;
}

TEST(DedupeTest, AMarkedCopyIsADuplicateWithinTheWindow) {
  Dedupe dedupe({.window_ms = kWindowMs, .late_ms = kLateMs});
  dedupe.Learn(Entry(0, 100, false));
  EXPECT_EQ(dedupe.Judge(Entry(1, 100 + kWindowMs, true)), Verdict::kDuplicate);
  EXPECT_EQ(dedupe.Judge(Entry(1, 101 + kWindowMs, true)), Verdict::kFirst);
}

// It was overtaken by its repetition, or its producer repeated it without a word (ADR 0011).
TEST(DedupeTest, AnUnmarkedCopyIsADuplicateForAShortTimeOnly) {
  Dedupe dedupe({.window_ms = kWindowMs, .late_ms = kLateMs});
  dedupe.Learn(Entry(0, 100, false));
  EXPECT_EQ(dedupe.Judge(Entry(1, 100 + kLateMs, false)), Verdict::kDuplicate);
  EXPECT_EQ(dedupe.Judge(Entry(1, 101 + kLateMs, false)), Verdict::kFirst);
}

TEST(DedupeTest, SaysWhatItCannotKnow) {
  Dedupe dedupe({.window_ms = kWindowMs, .late_ms = kLateMs});
  dedupe.Restart(50, 1000);
  EXPECT_EQ(dedupe.Judge(Entry(50, 1000 + kLateMs - 1, false)), Verdict::kUnknown);
  EXPECT_EQ(dedupe.Judge(Entry(50, 1000 + kLateMs, false)), Verdict::kFirst);
  EXPECT_EQ(dedupe.Judge(Entry(50, 1000 + kWindowMs - 1, true)), Verdict::kUnknown);
  EXPECT_EQ(dedupe.Judge(Entry(50, 1000 + kWindowMs, true)), Verdict::kFirst);
}

TEST(DedupeTest, RemembersNoMoreThanItMay) {
  Dedupe dedupe({.window_ms = kWindowMs, .late_ms = kLateMs, .records_max = 10});
  for (int i = 0; i < 100; ++i) dedupe.Learn(Entry(i, 100 + i, false));
  EXPECT_EQ(dedupe.records(), 10U);
  EXPECT_EQ(dedupe.known_from(), 90);
  Dedupe by_age({.window_ms = kWindowMs, .late_ms = kLateMs});
  by_age.Learn(Entry(0, 0, false));
  by_age.Learn(Entry(1, kWindowMs + kLateMs + 1, false));
  EXPECT_EQ(by_age.records(), 1U);
}

#ifndef __SANITIZE_ADDRESS__  // Whose allocator is another.
std::size_t BytesInUse() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

TEST(LookBackTest, KeepsNothingOfWhatItRead) {
  constexpr int kRecords = 10'000;
  FakeTopic topic(1);
  for (int i = 0; i < kRecords; ++i) topic.AppendMessage("general", std::to_string(i), false, i);
  ScanPort port(topic);
  RequestIds ids;
  RouterCounters counters;
  Dedupe dedupe({.window_ms = 2 * kRecords, .late_ms = kLateMs});
  LookBack look_back(0, {}, port, ids, counters);
  const std::size_t before = BytesInUse();
  dedupe.Restart(kRecords, kRecords);
  look_back.Start({Entry(kRecords, kRecords + 1, true)}, dedupe, {});
  while (!look_back.OnHistory(port.Answer(1000), dedupe, {})) {
  }
  EXPECT_EQ(dedupe.records(), std::size_t{kRecords});
  dedupe.Restart(0, Dedupe::kSinceStart);
  EXPECT_LT(BytesInUse() - before, sizeof(SeenRecord) * kRecords / 10);
}
#endif

TEST(LookBackTest, GivesUpAtItsDeadlineRatherThanHoldThePartition) {
  FakeTopic topic(1);
  ScanPort port(topic);
  RequestIds ids;
  RouterCounters counters;
  Dedupe dedupe({.window_ms = kWindowMs, .late_ms = kLateMs});
  dedupe.Restart(50, 1000);
  LookBack look_back(0, {.look_back_deadline = std::chrono::milliseconds(500)}, port, ids,
                     counters);
  const BatchEntry record = Entry(50, 1500, true);
  look_back.Start({record}, dedupe, TimePoint{});
  EXPECT_FALSE(look_back.Tick(dedupe, TimePoint{} + std::chrono::milliseconds(499)));
  EXPECT_TRUE(look_back.Tick(dedupe, TimePoint{} + std::chrono::milliseconds(500)));
  EXPECT_EQ(dedupe.Judge(record), Verdict::kFirst);
  EXPECT_EQ(counters.look_backs_given_up, 1U);
}

TEST(LookBackTest, GoesOnAsLongAsItReads) {
  FakeTopic topic(1);
  ScanPort port(topic);
  RequestIds ids;
  RouterCounters counters;
  Dedupe dedupe({.window_ms = kWindowMs, .late_ms = kLateMs});
  dedupe.Restart(50, 1000);
  LookBack look_back(0, {.look_back_deadline = std::chrono::milliseconds(500)}, port, ids,
                     counters);
  look_back.Start({Entry(50, 1500, true)}, dedupe, TimePoint{});
  HistoryChunk chunk;
  chunk.bounds = {0, 60};
  chunk.batch = BatchBuilder({}, 0, 0).Take(9);
  EXPECT_FALSE(look_back.OnHistory(chunk, dedupe, TimePoint{} + std::chrono::milliseconds(400)));
  EXPECT_FALSE(look_back.Tick(dedupe, TimePoint{} + std::chrono::milliseconds(899)));
  EXPECT_TRUE(look_back.Tick(dedupe, TimePoint{} + std::chrono::milliseconds(900)));
}

}  // namespace
}  // namespace parley::router
