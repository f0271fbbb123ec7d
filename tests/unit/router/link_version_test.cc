#include "services/common/link_version.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/router/router_core_fixture.h"

namespace parley::router {
namespace {

using internal::v1::GatewayFrame;
using internal::v1::RouterFrame;

TEST(LinkVersionTest, BothEndsUseTheSmaller) {
  constexpr std::uint32_t kMin = 2;
  constexpr std::uint32_t kMax = 4;
  EXPECT_EQ(CommonLinkVersion(3, kMin, kMax), 3U);
  EXPECT_EQ(CommonLinkVersion(4, kMin, kMax), 4U);
  EXPECT_EQ(CommonLinkVersion(7, kMin, kMax), 4U);
  EXPECT_EQ(CommonLinkVersion(2, kMin, kMax), 2U);
  EXPECT_EQ(CommonLinkVersion(1, kMin, kMax), std::nullopt);
}

TEST(LinkVersionTest, AnEndThatNamesNoneIsRefused) {
  EXPECT_EQ(CommonLinkVersion(0), std::nullopt);
}

// A gateway of another version than this router.
class OtherGatewayTest : public RouterCoreTest {
 protected:
  OtherGatewayTest() { Begin(); }

  void Greet(std::uint32_t version) {
    core_->OnLinkUp(kLink, now_);
    GatewayFrame frame;
    frame.mutable_hello()->set_version(version);
    frame.mutable_hello()->set_log_epoch(kLog.epoch);
    frame.mutable_hello()->set_partitions(kLog.partitions);
    core_->OnLinkFrame(kLink, frame, now_);
    Drain();
  }
  // A frame as it is on the wire.
  void Receive(const std::string& bytes) {
    GatewayFrame frame;
    ASSERT_TRUE(frame.ParseFromString(bytes));
    core_->OnLinkFrame(kLink, frame, now_);
    Drain();
  }
};

TEST_F(OtherGatewayTest, ANewerOneIsServed) {
  Greet(kLinkVersion + 7);
  EXPECT_EQ(cut_, "");
  Serve({"a"}, std::nullopt);
  Drain();
  EXPECT_EQ(Count(Take(), RouterFrame::kDeliver), 1);
}

TEST_F(OtherGatewayTest, OneThatIsTooOldIsRefusedAndToldApart) {
  Greet(0);
  EXPECT_EQ(cut_,
            "the gateway speaks version 0 of the link at most, and this router none before 1");
}

// Field 100 of a frame, which no oneof has yet: 0xa2 0x06 is its tag, two bytes follow.
TEST_F(OtherGatewayTest, AFrameOfALaterVersionChangesNothing) {
  Greet(kLinkVersion + 1);
  Take();
  Receive({'\xa2', '\x06', '\x02', 'h', 'i'});
  EXPECT_EQ(cut_, "");
  Serve({"a"}, std::nullopt);
  Drain();
  EXPECT_EQ(Count(Take(), RouterFrame::kDeliver), 1);
}

// Field 100 of the frame and field 100 of its `Serve`: the rest of it counts as ever.
TEST_F(OtherGatewayTest, FieldsOfALaterVersionAreIgnored) {
  Greet(kLinkVersion + 1);
  Take();
  const std::string later = {'\xa2', '\x06', '\x02', 'h', 'i'};
  std::string serve =
      "\x10\x01\x22\x01"
      "a" +
      later;  // serve: 1, channels: "a".
  Receive("\x12" + std::string(1, static_cast<char>(serve.size())) + serve + later);
  EXPECT_EQ(cut_, "");
  Append("a");
  Drain();
  EXPECT_EQ(Delivered(Take()).size(), 1U);
}

}  // namespace
}  // namespace parley::router
