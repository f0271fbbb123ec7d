#include "services/common/link_version.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/feed/feed_fixture.h"

namespace parley::gateway {
namespace {

using internal::v1::RouterFrame;
using testing::ElementsAre;
using testing::IsEmpty;

// Field 100, which no message of the link has yet: its tag, a length, two bytes.
const std::string kLater = {'\xa2', '\x06', '\x02', 'h', 'i'};

// A router of another version than this gateway.
class OtherRouterTest : public FeedTest {
 protected:
  LinkVerdict Greet(std::uint32_t version) {
    internal::v1::RouterHello hello;
    EXPECT_TRUE(hello.ParseFromString(kLater)) << "fields of a later version";
    hello.set_router_id("router-a");
    hello.set_version(version);
    hello.set_log_epoch(kLog.epoch);
    hello.set_partitions(kLog.partitions);
    return feed.OnLinkUp(kA, hello, now);
  }
  void Receive(const std::string& bytes) {
    RouterFrame frame;
    ASSERT_TRUE(frame.ParseFromString(bytes));
    feed.OnFrame(kA, frame, now);
  }
};

TEST_F(OtherRouterTest, ANewerOneIsTaken) {
  EXPECT_EQ(Greet(kLinkVersion + 7), LinkVerdict::kAccepted);
}

TEST_F(OtherRouterTest, OneThatIsTooOldIsRefused) {
  EXPECT_EQ(Greet(kLinkVersionMin - 1), LinkVerdict::kVersion);
  EXPECT_EQ(feed.links(), 0u);
}

TEST_F(OtherRouterTest, AFrameOfALaterVersionIsOnlyASignOfLife) {
  ASSERT_EQ(Greet(kLinkVersion + 1), LinkVerdict::kAccepted);
  Attach(hub, "a");
  Pass(std::chrono::milliseconds(1000), {kA});
  EXPECT_THAT(sink.TakeWords(), ElementsAre("serve 1 from none to 1"));
  Deliver(kA, 1, 10, 10);
  EXPECT_THAT(hub.Take(), ElementsAre("attached a at 10"));
  for (int i = 0; i < 4; ++i) {
    Pass(std::chrono::milliseconds(500));
    Receive(kLater);
  }
  hub.Take();
  Deliver(kA, 1, 10, 11, {{11, "a"}});
  EXPECT_THAT(hub.Take(), ElementsAre("through 11 a@11<?"));
  EXPECT_THAT(sink.TakeWords(), IsEmpty());
}

TEST_F(OtherRouterTest, FieldsOfALaterVersionAreIgnored) {
  AttachedAtTen();
  std::string record =
      "\x08\x0b\x12\x01"
      "a" +
      kLater;                                        // offset: 11, channel: "a".
  std::string deliver = "\x10\x01\x18\x0a\x20\x0b";  // serve: 1, from: 10, through: 11.
  deliver += "\x2a" + std::string(1, static_cast<char>(record.size())) + record + kLater;
  Receive("\x1a" + std::string(1, static_cast<char>(deliver.size())) + deliver + kLater);
  EXPECT_THAT(hub.Take(), ElementsAre("through 11 a@11<?"));
}

}  // namespace
}  // namespace parley::gateway
