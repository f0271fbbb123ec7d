#include "services/gateway/feed/page_reads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/feed/recorders.h"

namespace parley::gateway {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Partition kPartition = 0;
constexpr LinkId kA{1};
constexpr LinkId kB{2};

class PageReadsTest : public testing::Test {
 protected:
  PageReadsTest() {
    config.reads_max = 2;
    links.Add(kA, RouterId("a"), now);
    links.Add(kB, RouterId("b"), now);
    links.SetClaims(kA, {kPartition});
  }

  bool Start(std::uint64_t request,
             PageRequest::Direction direction = PageRequest::Direction::kForward) {
    return reads.Start({&hub, request, {ChannelName("c"), direction, 4, 10, 1000, 77}}, kPartition,
                       now);
  }
  static internal::v1::ReadAnswer AnswerTo(std::uint64_t number,
                                           internal::v1::ReadOutcome outcome) {
    internal::v1::ReadAnswer answer;
    answer.set_read(number);
    answer.set_outcome(outcome);
    answer.set_through(8);
    answer.set_from(2);
    answer.set_start(6);
    for (const Offset offset : {5, 7}) answer.add_records()->set_offset(offset);
    return answer;
  }
  std::optional<PageReads::Answer> Hear(
      LinkId link, std::uint64_t number,
      internal::v1::ReadOutcome outcome = internal::v1::READ_OUTCOME_OK) {
    internal::v1::ReadAnswer answer = AnswerTo(number, outcome);
    return reads.OnAnswer(link, answer, 1, now);
  }

  TimePoint now{std::chrono::hours(1)};
  FeedConfig config;
  RouterLinks links{config.link_silence_max};
  RecordingSink sink;
  RecordingHub hub;
  PageReads reads{config, links, sink};
};

TEST_F(PageReadsTest, AsksTheClaimantAndMakesThePage) {
  ASSERT_TRUE(Start(42));
  ASSERT_THAT(sink.sent, SizeIs(1));
  EXPECT_EQ(sink.sent[0].first, kA);
  const internal::v1::Read& read = sink.sent[0].second.read();
  EXPECT_EQ(read.after(), 4);
  EXPECT_EQ(read.limit(), 10u);
  EXPECT_EQ(read.bytes_max(), 1000u);
  EXPECT_EQ(read.distance_max(), 77);

  const auto answer = Hear(kA, read.read());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->ask.request, 42u);
  EXPECT_EQ(answer->page.outcome, PageOutcome::kOk);
  EXPECT_EQ(answer->page.through, 8);
  EXPECT_THAT(OffsetsOf(answer->page), ElementsAre(5, 7));
  EXPECT_EQ(answer->page.messages[0]->previous(), std::nullopt);
  EXPECT_EQ(answer->page.messages[1]->previous(), 5);
  EXPECT_EQ(reads.size(), 0u);
  EXPECT_FALSE(Hear(kA, read.read())) << "answered once";
}

TEST_F(PageReadsTest, BackwardReadsSayHowFarTheyReach) {
  ASSERT_TRUE(Start(1, PageRequest::Direction::kBackward));
  EXPECT_EQ(sink.sent[0].second.read().before(), 4);
  EXPECT_EQ(Hear(kA, 1)->page.from, 2);
}

TEST_F(PageReadsTest, VerdictsArePassedOn) {
  const std::pair<internal::v1::ReadOutcome, PageOutcome> verdicts[] = {
      {internal::v1::READ_OUTCOME_EXPIRED, PageOutcome::kExpired},
      {internal::v1::READ_OUTCOME_TOO_FAR, PageOutcome::kTooFar},
      {internal::v1::READ_OUTCOME_FUTURE, PageOutcome::kFuture}};
  std::uint64_t number = 0;
  for (const auto& [verdict, outcome] : verdicts) {
    ASSERT_TRUE(Start(1));
    const auto answer = Hear(kA, ++number, verdict);
    EXPECT_EQ(answer->page.outcome, outcome);
    EXPECT_EQ(answer->page.start, 6);
    EXPECT_THAT(answer->page.messages, IsEmpty());
  }
}

TEST_F(PageReadsTest, BusyRouterIsFollowedByTheNextOne) {
  ASSERT_TRUE(Start(1));
  EXPECT_FALSE(Hear(kA, 1, internal::v1::READ_OUTCOME_BUSY));
  now += config.read_retry_delay;
  EXPECT_THAT(reads.Tick(now), IsEmpty());
  EXPECT_THAT(sink.TakeWords(), ElementsAre("read 1 to 1", "read 2 to 2"));
  EXPECT_TRUE(Hear(kB, 2));
}

TEST_F(PageReadsTest, LostRouterIsFollowedByTheNextOneAndItsLateAnswerIsIgnored) {
  ASSERT_TRUE(Start(1));
  links.Remove(kA);
  reads.Reconsider(now);
  EXPECT_THAT(sink.TakeWords(), ElementsAre("read 1 to 1", "read 2 to 2"));
  EXPECT_FALSE(Hear(kA, 1));
  EXPECT_FALSE(Hear(kA, 2)) << "asked of another";
  EXPECT_TRUE(Hear(kB, 2));
}

TEST_F(PageReadsTest, LateRouterIsFollowedByTheNextOne) {
  ASSERT_TRUE(Start(1));
  now += config.read_attempt_deadline;
  EXPECT_THAT(reads.Tick(now), IsEmpty());
  EXPECT_THAT(sink.TakeWords(), ElementsAre("read 1 to 1", "read 2 to 2"));
}

TEST_F(PageReadsTest, WaitsForARouterUntilTheDeadline) {
  links.Remove(kA);
  links.Remove(kB);
  ASSERT_TRUE(Start(9));
  EXPECT_THAT(sink.sent, IsEmpty());
  now += config.read_deadline - milliseconds(1);
  EXPECT_THAT(reads.Tick(now), IsEmpty());
  now += milliseconds(1);
  const std::vector<PageReads::Ask> overdue = reads.Tick(now);
  ASSERT_THAT(overdue, SizeIs(1));
  EXPECT_EQ(overdue[0].request, 9u);
  EXPECT_EQ(reads.size(), 0u);
}

TEST_F(PageReadsTest, NoMoreThanTheLimitAreUnderWay) {
  EXPECT_TRUE(Start(1));
  EXPECT_TRUE(Start(2));
  EXPECT_FALSE(Start(3));
}

}  // namespace
}  // namespace parley::gateway
