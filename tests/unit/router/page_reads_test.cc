#include "services/router/feed/page_reads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "services/common/link_version.h"
#include "tests/fakes/router/fake_log_port.h"
#include "tests/fakes/router/fake_routers.h"
#include "tests/fakes/router/fake_topic.h"

namespace parley::router {
namespace {

using internal::v1::GatewayFrame;
using internal::v1::RouterFrame;
using std::chrono::milliseconds;

constexpr LogInfo kLog{.epoch = 7, .partitions = 1, .dedupe_window_ms = 1500};
constexpr std::int64_t kLateMs = 200;
constexpr LinkId kLink = 1;

// A router that is asked for pages of a log full of retries.
class Reader final : public LinkPort {
 public:
  explicit Reader(std::uint32_t seed)
      : random_(seed), core_(Config(), kLog, RouterId("router"), log_, *this) {
    core_.OnLinkUp(kLink, now_);
    GatewayFrame hello;
    hello.mutable_hello()->set_version(kLinkVersion);
    hello.mutable_hello()->set_log_epoch(kLog.epoch);
    hello.mutable_hello()->set_partitions(kLog.partitions);
    core_.OnLinkFrame(kLink, hello, now_);
    Drain();
  }

  int Draw(int limit) { return static_cast<int>(random_() % static_cast<std::uint32_t>(limit)); }

  void Fill(int records, bool retries) {
    for (int i = 0; i < records; ++i) {
      now_ += milliseconds(Draw(60));
      const std::string channel(1, static_cast<char>('a' + Draw(4)));
      const std::string id = retries ? "id-" + std::to_string(Draw(40)) : "id-" + std::to_string(i);
      topic_.AppendMessage(channel, id, retries && Draw(4) == 0, NowMs());
    }
  }
  void Tail() {
    core_.OnOwned({{0, 0}}, now_);
    Drain();
  }

  void Begin(internal::v1::Read read) {
    read.set_read(++last_read_);
    GatewayFrame frame;
    *frame.mutable_read() = read;
    answers_.clear();
    core_.OnLinkFrame(kLink, frame, now_);
    Drain();
  }
  internal::v1::ReadAnswer Ask(const internal::v1::Read& read) {
    Begin(read);
    EXPECT_EQ(answers_.size(), 1U);
    if (answers_.empty()) return {};
    EXPECT_EQ(answers_.front().read(), last_read_);
    return answers_.front();
  }

  void Drain() {
    do {
      if (std::exchange(owed_, false)) core_.OnLinkWritten(kLink, now_);
    } while (log_.Step(core_, random_, static_cast<std::size_t>(1 + Draw(20)), NowMs(), now_) ||
             owed_);
  }
  void Pass(int ms) {
    now_ += milliseconds(ms);
    core_.Tick(now_);
    Drain();
  }

  FakeTopic& topic() { return topic_; }
  FakeLogPort& log() { return log_; }
  RouterCore& core() { return core_; }
  const std::vector<internal::v1::ReadAnswer>& answers() const { return answers_; }
  std::vector<Offset> Visible(const std::string& channel) const {
    return topic_.Visible(channel, kLog.dedupe_window_ms, kLateMs);
  }

  void Send(LinkId, Frame frame) override {
    owed_ = true;
    const RouterFrame decoded = Decode(frame);
    if (decoded.has_read()) answers_.push_back(decoded.read());
  }
  void Cut(LinkId, const std::string& reason) override { ADD_FAILURE() << reason; }

 private:
  CoreConfig Config() {
    CoreConfig config;
    config.tail.records_max = static_cast<std::size_t>(1 + Draw(80));
    config.dedupe = {.window_ms = kLog.dedupe_window_ms,
                     .late_ms = kLateMs,
                     .records_max = static_cast<std::size_t>(2 + Draw(300))};
    config.history.skip_max = Draw(40);
    config.read.backward_step = 1 + Draw(30);
    return config;
  }

  std::int64_t NowMs() const {
    return std::chrono::duration_cast<milliseconds>(now_.time_since_epoch()).count();
  }

  std::mt19937 random_;
  FakeTopic topic_{1};
  FakeGroup group_;
  FakeLogPort log_{topic_, group_, 400};
  TimePoint now_ = TimePoint{} + std::chrono::hours(1);
  bool owed_ = false;
  std::uint64_t last_read_ = 0;
  std::vector<internal::v1::ReadAnswer> answers_;
  RouterCore core_;
};

void AppendOffsets(const internal::v1::ReadAnswer& answer, std::vector<Offset>& offsets) {
  for (const auto& record : answer.records()) offsets.push_back(record.offset());
}

std::vector<Offset> Forward(Reader& reader, const std::string& channel, Offset after) {
  std::vector<Offset> offsets;
  while (after + 1 < reader.topic().Bounds(0).end) {
    internal::v1::Read read;
    read.set_channel(channel);
    read.set_after(after);
    read.set_limit(static_cast<std::uint32_t>(1 + reader.Draw(10)));
    const internal::v1::ReadAnswer answer = reader.Ask(read);
    EXPECT_EQ(answer.outcome(), internal::v1::READ_OUTCOME_OK);
    EXPECT_GT(answer.through(), after);
    if (answer.through() <= after) break;
    AppendOffsets(answer, offsets);
    after = answer.through();
  }
  return offsets;
}

std::vector<Offset> Backward(Reader& reader, const std::string& channel, Offset before) {
  std::vector<Offset> offsets;
  for (bool at_start = false; !at_start;) {
    internal::v1::Read read;
    read.set_channel(channel);
    read.set_before(before);
    read.set_limit(static_cast<std::uint32_t>(1 + reader.Draw(10)));
    read.set_bytes_max(static_cast<std::uint32_t>(reader.Draw(2) * 300));
    const internal::v1::ReadAnswer answer = reader.Ask(read);
    EXPECT_EQ(answer.outcome(), internal::v1::READ_OUTCOME_OK);
    EXPECT_LT(answer.from(), before);
    if (answer.from() >= before) break;
    std::vector<Offset> page;
    AppendOffsets(answer, page);
    offsets.insert(offsets.begin(), page.begin(), page.end());
    before = answer.from();
    at_start = answer.at_start();
  }
  return offsets;
}

TEST(PageReadsTest, PagesBothWaysHoldEveryVisibleMessageOnce) {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    Reader reader(seed);
    reader.Fill(200, true);
    if (seed % 4 != 0) reader.Tail();
    for (const std::string channel : {"a", "b"}) {
      const std::vector<Offset> visible = reader.Visible(channel);
      const Offset after = reader.Draw(3) == 0 ? -1 : reader.Draw(200);
      std::vector<Offset> expected;
      std::copy_if(visible.begin(), visible.end(), std::back_inserter(expected),
                   [after](Offset offset) { return offset > after; });
      EXPECT_EQ(Forward(reader, channel, after), expected) << channel << " after " << after;
      EXPECT_EQ(Backward(reader, channel, INT64_MAX), visible) << channel;
    }
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed;
  }
}

TEST(PageReadsTest, WhatRetentionTakesBehindTheVerdictIsExpiredToo) {
  Reader reader(1);
  reader.Fill(100, false);
  internal::v1::Read read;
  read.set_channel("a");
  read.set_after(10);
  read.set_limit(100);
  reader.log().CorkHistory(true);
  reader.Begin(read);
  ASSERT_TRUE(reader.answers().empty()) << "the bounds were good, the records are being read";
  reader.topic().Retain(0, 40);
  reader.log().CorkHistory(false);
  reader.Drain();
  ASSERT_EQ(reader.answers().size(), 1u);
  EXPECT_EQ(reader.answers()[0].outcome(), internal::v1::READ_OUTCOME_EXPIRED);
  EXPECT_EQ(reader.answers()[0].start(), 40);
}

TEST(PageReadsTest, TheVerdictFallsOnTheBoundsOfTheLog) {
  Reader reader(1);
  reader.Fill(100, false);
  reader.topic().Retain(0, 20);
  const auto answer_to = [&](Offset after, std::int64_t distance_max) {
    internal::v1::Read read;
    read.set_channel("a");
    read.set_after(after);
    read.set_limit(1);
    read.set_distance_max(distance_max);
    return reader.Ask(read);
  };
  const auto outcome = [&](Offset after, std::int64_t distance_max) {
    return answer_to(after, distance_max).outcome();
  };
  for (const bool tailed : {false, true}) {
    if (tailed) reader.Tail();
    EXPECT_EQ(outcome(18, 0), internal::v1::READ_OUTCOME_EXPIRED);
    EXPECT_EQ(outcome(-1, 0), internal::v1::READ_OUTCOME_EXPIRED);
    EXPECT_EQ(answer_to(-1, 0).start(), 20) << "so that the gateway can read on from there";
    EXPECT_EQ(outcome(19, 0), internal::v1::READ_OUTCOME_OK);
    EXPECT_EQ(outcome(99, 0), internal::v1::READ_OUTCOME_OK);
    EXPECT_EQ(outcome(100, 0), internal::v1::READ_OUTCOME_FUTURE);
    EXPECT_EQ(outcome(90, 9), internal::v1::READ_OUTCOME_OK);
    EXPECT_EQ(outcome(90, 8), internal::v1::READ_OUTCOME_TOO_FAR);
  }
}

TEST(PageReadsTest, AnEmptyLogIsReadToItsEnd) {
  Reader reader(1);
  internal::v1::Read read;
  read.set_channel("a");
  read.set_after(-1);
  read.set_limit(10);
  EXPECT_EQ(reader.Ask(read).outcome(), internal::v1::READ_OUTCOME_OK);
  read.set_before(INT64_MAX);
  const internal::v1::ReadAnswer answer = reader.Ask(read);
  EXPECT_EQ(answer.outcome(), internal::v1::READ_OUTCOME_OK);
  EXPECT_TRUE(answer.at_start());
}

TEST(PageReadsTest, WhatKafkaDoesNotAnswerIsBusyAtItsDeadline) {
  Reader reader(1);
  reader.Fill(50, false);
  reader.log().CorkHistory(true);
  GatewayFrame frame;
  frame.mutable_read()->set_read(5);
  frame.mutable_read()->set_channel("a");
  frame.mutable_read()->set_after(0);
  reader.core().OnLinkFrame(kLink, frame, TimePoint{} + std::chrono::hours(1) + milliseconds(3000));
  reader.Drain();
  EXPECT_TRUE(reader.answers().empty());
  reader.Pass(10'000);
  ASSERT_EQ(reader.answers().size(), 1U);
  EXPECT_EQ(reader.answers().front().outcome(), internal::v1::READ_OUTCOME_BUSY);
  EXPECT_EQ(reader.core().counters().reads_busy, 1U);
}

}  // namespace
}  // namespace parley::router
