#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/router/router_core_fixture.h"

namespace parley::router {
namespace {

using internal::v1::RouterFrame;

class RecreatedLogTest : public RouterCoreTest {};

TEST_F(RecreatedLogTest, ACommittedOffsetBeyondTheEndTwiceIsEvidenceOfARecreatedTopic) {
  Begin();
  Append("a");
  topic_.Append(0, {.key = "a", .value = "rubbish", .headers = {}, .time_ms = NowMs()});
  core_->OnOwned({{.partition = 0, .committed = 100}}, now_);
  Drain();
  EXPECT_FALSE(core_->LogWasRecreated());
  Pass(500);
  EXPECT_TRUE(core_->LogWasRecreated());
  for (int i = 0; i < 10; ++i) Pass(1000);
  EXPECT_TRUE(group_.dead_letters.empty()) << "effects with offsets of another log";
  EXPECT_TRUE(group_.committed.empty());
}

TEST_F(RecreatedLogTest, AReaderBeyondTheEndTwiceIsEvidenceOfARecreatedTopic) {
  Begin();
  Connect();
  Serve({"a"}, std::nullopt);
  for (int i = 0; i < 10; ++i) Append("a");
  Pass(50);
  ASSERT_FALSE(core_->LogWasRecreated());
  topic_.Recreate();
  Append("a");
  Pass(50);
  EXPECT_FALSE(core_->LogWasRecreated());
  Pass(500);
  EXPECT_TRUE(core_->LogWasRecreated());
}

TEST_F(RecreatedLogTest, AGatewaysCursorBeyondTheEndTwiceIsEvidenceOfARecreatedTopic) {
  Begin();
  Append("a");
  Connect();
  Serve({"a"}, 41);
  Pass(50);
  Pass(500);
  EXPECT_TRUE(core_->LogWasRecreated());
}

TEST_F(RecreatedLogTest, AReaderThatRetentionOvertookIsNoEvidence) {
  Begin();
  Connect();
  Serve({"a"}, std::nullopt);
  Append("a");
  Pass(50);
  log_.CorkTail(true);
  for (int i = 0; i < 10; ++i) Append("a");
  topic_.Retain(0, 8);
  log_.CorkTail(false);
  for (int i = 0; i < 5; ++i) Pass(1000);
  EXPECT_FALSE(core_->LogWasRecreated());
  const std::vector<RouterFrame> frames = Take();
  EXPECT_EQ(Count(frames, RouterFrame::kLost), 1);
  EXPECT_EQ(Delivered(frames), (std::vector<Offset>{8, 9, 10}));
}

}  // namespace
}  // namespace parley::router
