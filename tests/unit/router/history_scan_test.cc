#include "services/router/history/history_scan.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "tests/fakes/router/fake_topic.h"

namespace parley::router {
namespace {

using std::chrono::seconds;

// Answers from the topic when it is told to.
class HeldPort final : public LogPort {
 public:
  explicit HeldPort(const FakeTopic& topic) : topic_(topic) {}

  std::optional<HistoryRequest> asked;

  HistoryChunk Answer() {
    const HistoryRequest request = *std::exchange(asked, std::nullopt);
    return {.id = request.id,
            .partition = 0,
            .batch = topic_.Read(0, request.from, 10),
            .since_ms = Dedupe::kSinceStart,
            .bounds = topic_.Bounds(0)};
  }

  void StartReading(Partition, RequestId, std::optional<Offset>) override {}
  void StopReading(Partition) override {}
  void ReadHistory(const HistoryRequest& request) override { asked = request; }
  void AskBounds(Partition) override {}
  void Commit(Partition, Offset) override {}
  void Produce(RequestId, Partition, const SetAside&) override {}

 private:
  const FakeTopic& topic_;
};

class HistoryScanTest : public testing::Test {
 protected:
  HistoryScanTest() {
    for (int i = 0; i < 100; ++i) {
      topic_.AppendMessage("general", "m" + std::to_string(i), false, i);
    }
  }

  // The ids of the page that begins there.
  std::size_t ReadFrom(Offset next) {
    std::size_t count = 0;
    HistoryJob job;
    job.next = next;
    job.through = next + 4;
    job.records_max = 5;
    job.bytes_max = 10'000;
    job.wants = [](std::string_view) { return true; };
    job.done = [&](const HistoryPage& page) { count = page.records.count(); };
    scan_.Submit(std::move(job));
    scan_.Run(now_);
    was_asked_ = port_.asked;
    if (port_.asked) scan_.OnHistory(port_.Answer(), now_);
    scan_.Run(now_);
    return count;
  }

  FakeTopic topic_{1};
  HeldPort port_{topic_};
  RequestIds ids_;
  RouterCounters counters_;
  TimePoint now_{seconds(100)};
  HistoryScan scan_{0, {}, {.idle_max = seconds(10)}, port_, ids_, counters_};
  std::optional<HistoryRequest> was_asked_;  // By the last read.
};

TEST_F(HistoryScanTest, TheNextPageComesFromWhatWasReadAlready) {
  EXPECT_EQ(ReadFrom(0), 5U);
  ASSERT_TRUE(was_asked_);
  EXPECT_GT(was_asked_->look_back_ms, 0);
  now_ += seconds(9);
  scan_.Run(now_);
  EXPECT_EQ(ReadFrom(5), 5U);
  EXPECT_FALSE(was_asked_);
  EXPECT_EQ(ReadFrom(10), 5U);
  ASSERT_TRUE(was_asked_);
  EXPECT_EQ(was_asked_->look_back_ms, 0) << "the pass goes on";
}

TEST_F(HistoryScanTest, WhatNobodyWantsAnyMoreIsForgotten) {
  EXPECT_EQ(ReadFrom(0), 5U);
  now_ += seconds(10);
  scan_.Run(now_);
  EXPECT_EQ(ReadFrom(5), 5U);
  ASSERT_TRUE(was_asked_) << "it is read again";
  EXPECT_GT(was_asked_->look_back_ms, 0) << "from where verdicts are known";
}

}  // namespace
}  // namespace parley::router
