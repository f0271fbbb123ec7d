#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/router/router_core_fixture.h"

namespace parley::router {
namespace {

using internal::v1::GatewayFrame;
using internal::v1::RouterFrame;

constexpr Partition kNowhere = 5;  // The log has one partition.

// A gateway that asks for more than it may, for what there is not, or too late.
class LinkLimitsTest : public RouterCoreTest {
 protected:
  void Send(const GatewayFrame& frame) {
    core_->OnLinkFrame(kLink, frame, now_);
    Drain();
  }
  using RouterCoreTest::Send;

  static GatewayFrame ReadOf(std::uint64_t number, Partition partition = 0) {
    GatewayFrame frame;
    frame.mutable_read()->set_read(number);
    frame.mutable_read()->set_partition(partition);
    frame.mutable_read()->set_channel("a");
    frame.mutable_read()->set_after(-1);
    return frame;
  }
  static GatewayFrame RemoveOf(const std::string& channel, std::uint64_t serve) {
    GatewayFrame frame;
    frame.mutable_remove()->set_channel(channel);
    frame.mutable_remove()->set_serve(serve);
    return frame;
  }
  // By read, in the order in which they were answered.
  std::vector<std::uint64_t> BusyReads() {
    std::vector<std::uint64_t> busy;
    for (const RouterFrame& frame : Take()) {
      if (frame.has_read() && frame.read().outcome() == internal::v1::READ_OUTCOME_BUSY) {
        busy.push_back(frame.read().read());
      }
    }
    return busy;
  }
  // The link is cut, and nothing that comes over it counts any more.
  void ExpectCut(const std::string& reason) {
    EXPECT_EQ(cut_, reason);
    EXPECT_EQ(core_->counters().links_cut, 1U);
    Take();
    Append("a");
    Serve({"a"}, -1, 9);
    Send(ReadOf(9));
    core_->Leave(now_);
    Pass(5000);
    EXPECT_TRUE(Take().empty());
    EXPECT_TRUE(core_->HandedOver()) << "nobody waits for it";
    EXPECT_EQ(core_->counters().links_cut, 1U);
  }
};

TEST_F(LinkLimitsTest, WhoeverDoesNotGreetFirstIsCut) {
  Begin();
  core_->OnLinkUp(kLink, now_);
  Send(ReadOf(1));
  ExpectCut("no hello");
}

TEST_F(LinkLimitsTest, AGatewayThatCountsThePartitionsOtherwiseIsCut) {
  Begin();
  core_->OnLinkUp(kLink, now_);
  GatewayFrame frame;
  frame.mutable_hello()->set_version(kLinkVersion);
  frame.mutable_hello()->set_log_epoch(kLog.epoch);
  frame.mutable_hello()->set_partitions(kLog.partitions + 1);
  Send(frame);
  ExpectCut("the gateway has another log");
}

TEST_F(LinkLimitsTest, TooManyChannelsAtOnceCutTheLink) {
  config_.link.channels_max = 2;
  Begin();
  Connect();
  Serve({"a", "b"}, -1);
  EXPECT_EQ(cut_, "");
  Serve({"a", "b", "c"}, -1, 2);
  ExpectCut("too many channels");
}

TEST_F(LinkLimitsTest, TooManyChannelsOneByOneCutTheLink) {
  config_.link.channels_max = 2;
  Begin();
  Connect();
  Serve({"a"}, -1);
  Add("b", 1, 1);
  EXPECT_EQ(cut_, "");
  Add("c", 1, 2);
  ExpectCut("too many channels");
}

TEST_F(LinkLimitsTest, RoomThatWasGivenBackCanBeUsed) {
  config_.link.channels_max = 2;
  Begin();
  Connect();
  Serve({"a", "b"}, -1);
  Send(RemoveOf("b", 1));
  Add("c", 1, 1);
  EXPECT_EQ(cut_, "");
}

TEST_F(LinkLimitsTest, AGatewayThatReadsNoControlFramesIsCut) {
  config_.link.control_frames_max = 3;
  Begin();
  Connect();
  Serve({"a"}, -1);
  Drain();
  held_ = kLink;
  for (std::uint64_t add = 1; add <= 4; ++add) Add("b" + std::to_string(add), 1, add);
  Pass(50);
  EXPECT_EQ(cut_, "") << "one of them is on its way";
  Add("c", 1, 5);
  Pass(50);
  held_.reset();
  owed_[kLink] = false;
  ExpectCut("it does not read");
}

TEST_F(LinkLimitsTest, MoreReadsThanTheLinkMayHaveAreBusy) {
  config_.link.reads_max = 2;
  Append("a");
  Begin();
  Connect();
  log_.CorkHistory(true);
  for (std::uint64_t read = 1; read <= 3; ++read) Send(ReadOf(read));
  EXPECT_EQ(BusyReads(), std::vector<std::uint64_t>{3});
  EXPECT_EQ(core_->counters().reads_busy, 1U);
  log_.CorkHistory(false);
  Drain();
  Take();
  Send(ReadOf(4));
  EXPECT_EQ(BusyReads(), std::vector<std::uint64_t>{});
}

TEST_F(LinkLimitsTest, AGatewayThatAsksOnAndOnAndReadsNoAnswerIsCut) {
  config_.link.reads_max = 2;
  Begin();
  Connect();
  held_ = kLink;
  for (std::uint64_t read = 1; read <= 6; ++read) Send(ReadOf(read, kNowhere));
  Pass(50);
  held_.reset();
  owed_[kLink] = false;
  ExpectCut("it does not read");
}

TEST_F(LinkLimitsTest, MoreReadsThanThePartitionMayHaveAreBusy) {
  config_.read.waiting_max = 1;
  Begin();
  Connect();
  Append("a");
  log_.CorkHistory(true);
  Send(ReadOf(1));
  Send(ReadOf(2));
  EXPECT_EQ(BusyReads(), std::vector<std::uint64_t>{2});
}

TEST_F(LinkLimitsTest, AReadThatSaysNotWhereIsBusy) {
  Begin();
  Connect();
  GatewayFrame frame = ReadOf(1);
  frame.mutable_read()->clear_after();
  Send(frame);
  EXPECT_EQ(BusyReads(), std::vector<std::uint64_t>{1});
}

TEST_F(LinkLimitsTest, APartitionThatThereIsNotIsRefused) {
  Begin();
  Connect();
  Take();
  for (const Partition partition : {kNowhere, Partition{-1}}) {
    GatewayFrame frame;
    frame.mutable_serve()->set_partition(partition);
    frame.mutable_serve()->set_serve(1);
    Send(frame);
    Send(ReadOf(7, partition));
    EXPECT_EQ(BusyReads(), std::vector<std::uint64_t>{7});
  }
  EXPECT_EQ(core_->counters().frames_refused, 2U);
  EXPECT_EQ(cut_, "");
}

TEST_F(LinkLimitsTest, OnlyTheNewestServeCounts) {
  Begin();
  Connect();
  Serve({"a"}, -1, 5);
  Serve({"b"}, -1, 5);
  Serve({"b"}, -1, 4);
  Stop(4);
  Send(RemoveOf("a", 4));
  Take();
  Append("a");
  Append("b");
  Drain();
  EXPECT_EQ(Delivered(Take()), std::vector<Offset>{0});
}

TEST_F(LinkLimitsTest, WhatIsNotServedIsNeitherStoppedNorAddedToNorTakenFrom) {
  Begin();
  Connect();
  Take();
  Stop(1);
  Add("a", 1, 1);
  Send(RemoveOf("a", 1));
  Serve({"a"}, -1, 2);
  Stop(2);
  Add("a", 2, 2);
  Send(RemoveOf("a", 2));
  Append("a");
  Pass(2000);
  EXPECT_EQ(Count(Take(), RouterFrame::kAdded), 0);
  EXPECT_EQ(cut_, "");
}

TEST_F(LinkLimitsTest, AChannelThatIsNotWantedIsTakenFromNobody) {
  Begin();
  Connect();
  Serve({"a"}, -1);
  Drain();
  Append("other");
  Drain();
  Send(RemoveOf("never-heard-of", 1));
  Send(RemoveOf("other", 1));
  Take();
  Append("a");
  Drain();
  EXPECT_EQ(Delivered(Take()).size(), 1U);
}

TEST_F(LinkLimitsTest, AReadOfALinkThatIsGoneIsForgotten) {
  Begin();
  Connect(1);
  Connect(2);
  for (int i = 0; i < 20; ++i) Append("a");
  log_.CorkHistory(true);
  Send(ReadOf(1));
  core_->OnLinkFrame(2, ReadOf(2), now_);
  Drain();
  core_->OnLinkDown(1, now_);
  Take(2);
  log_.CorkHistory(false);
  Drain();
  EXPECT_EQ(Count(Take(2), RouterFrame::kRead), 1);
}

// The shell's news and the core's can cross.
TEST_F(LinkLimitsTest, NewsOfALinkThatIsGoneChangesNothing) {
  Begin();
  Connect();
  core_->OnLinkDown(kLink, now_);
  Take();
  Serve({"a"}, -1);
  core_->OnLinkWritten(kLink, now_);
  Pass(1000);
  EXPECT_TRUE(Take().empty());
  EXPECT_EQ(core_->links(), 0U);
}

TEST_F(LinkLimitsTest, NewsOfAPartitionThatThereIsNotChangesNothing) {
  Begin();
  Connect();
  Serve({"a"}, -1);
  Drain();
  Take();
  core_->OnReading({.partition = kNowhere, .reading = 1, .from = 0, .since_ms = 0, .end = 0}, now_);
  core_->OnBounds(kNowhere, std::nullopt, now_);
  core_->OnProduced(kNowhere, 1, true, now_);
  HistoryChunk chunk;
  chunk.partition = kNowhere;
  core_->OnHistory(chunk, now_);
  EXPECT_TRUE(Take().empty());
}

TEST_F(LinkLimitsTest, NewsOfAReadingThatIsOverChangesNothing) {
  Begin();
  Connect();
  Serve({"a"}, std::nullopt);
  Drain();
  Take();
  log_.CorkTail(true);
  const Offset late = Append("a");
  constexpr RequestId kOver = 12345;
  core_->OnReading({.partition = 0, .reading = kOver, .from = 0, .since_ms = 0, .end = 99}, now_);
  core_->OnBatch(kOver, topic_.Read(0, 0, 1), now_);
  Drain();
  EXPECT_TRUE(Delivered(Take()).empty());
  log_.CorkTail(false);
  Drain();
  EXPECT_EQ(Delivered(Take()), std::vector<Offset>{late});
}

TEST_F(LinkLimitsTest, ItIsReadyWhenAllThatItOwnsCanBeServed) {
  Begin();
  EXPECT_TRUE(core_->OwnedAreReady());
  Append("a");
  log_.CorkTail(true);
  core_->OnOwned({{0, 0}}, now_);
  Drain();
  EXPECT_FALSE(core_->OwnedAreReady());
  log_.CorkTail(false);
  Drain();
  EXPECT_TRUE(core_->OwnedAreReady());
  EXPECT_GT(core_->tail_bytes(), 0U);
  EXPECT_EQ(core_->partitions_adopted(), 0U);
}

}  // namespace
}  // namespace parley::router
