#include "services/gateway/feed/router_links.h"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::gateway {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr LinkId kA{1};
constexpr LinkId kB{2};
constexpr LinkId kC{3};

class RouterLinksTest : public testing::Test {
 protected:
  RouterLinksTest() {
    links.Add(kA, RouterId("a"), now);
    links.Add(kB, RouterId("b"), now);
    links.Add(kC, RouterId("c"), now);
  }

  TimePoint now{std::chrono::hours(1)};
  RouterLinks links{milliseconds(1000)};
};

TEST_F(RouterLinksTest, SilentLinkLivesAgainWhenItSpeaks) {
  links.Heard(kB, now + milliseconds(500));
  EXPECT_FALSE(links.NoteSilence(now + milliseconds(1000)));
  EXPECT_TRUE(links.NoteSilence(now + milliseconds(1001)));
  EXPECT_FALSE(links.NoteSilence(now + milliseconds(1001))) << "told once";
  EXPECT_FALSE(links.IsLive(kA));
  EXPECT_TRUE(links.IsLive(kB));
  EXPECT_TRUE(links.Has(kA));
  EXPECT_TRUE(links.Heard(kA, now + milliseconds(2000)));
  EXPECT_FALSE(links.Heard(kA, now + milliseconds(2000)));
  EXPECT_TRUE(links.IsLive(kA));
}

TEST_F(RouterLinksTest, LeavingLinkIsLinkedButDoesNotLive) {
  links.SetLeaving(kA);
  EXPECT_FALSE(links.IsLive(kA));
  EXPECT_TRUE(links.Has(kA));
  EXPECT_EQ(links.live_count(), 2u);
}

TEST_F(RouterLinksTest, ClaimThatIsRepeatedStaysAsOldAsItIs) {
  EXPECT_THAT(links.SetClaims(kA, {4, 7, 4}), ElementsAre(4, 7));
  EXPECT_THAT(links.SetClaims(kB, {7}), ElementsAre(7));
  EXPECT_THAT(links.SetClaims(kA, {7, 4}), IsEmpty());
  EXPECT_THAT(links.Claimants(7), ElementsAre(kA, kB));
  EXPECT_THAT(links.SetClaims(kA, {}), ElementsAre(4, 7));
  EXPECT_THAT(links.Claimants(7), ElementsAre(kB));
  links.SetClaims(kA, {7});
  EXPECT_THAT(links.Claimants(7), ElementsAre(kB, kA));
}

TEST_F(RouterLinksTest, ClaimsOfARemovedLinkAreForgotten) {
  links.SetClaims(kA, {1});
  links.Remove(kA);
  EXPECT_THAT(links.Claimants(1), IsEmpty());
  EXPECT_EQ(links.OfRouter(RouterId("a")), std::nullopt);
  EXPECT_EQ(links.OfRouter(RouterId("b")), kB);
}

TEST_F(RouterLinksTest, RendezvousOrderSpreadsPartitionsAndKeepsWhenOneGoes) {
  std::size_t first_of_a = 0;
  for (Partition partition = 0; partition < 300; ++partition) {
    const std::vector<LinkId> order = links.LiveInOrder(partition);
    ASSERT_EQ(order.size(), 3u);
    if (order.front() == kA) ++first_of_a;
  }
  EXPECT_GT(first_of_a, 60u);
  EXPECT_LT(first_of_a, 140u);

  const std::vector<LinkId> before = links.LiveInOrder(5);
  links.Remove(before.front());
  EXPECT_THAT(links.LiveInOrder(5), ElementsAre(before[1], before[2]));
}

TEST_F(RouterLinksTest, RendezvousOrderDependsOnRoutersAndNotOnLinks) {
  RouterLinks other(milliseconds(1000));
  other.Add(kA, RouterId("c"), now);
  other.Add(kB, RouterId("a"), now);
  other.Add(kC, RouterId("b"), now);
  const auto rename = [](LinkId link) { return link == kA ? kC : link == kB ? kA : kB; };
  for (Partition partition = 0; partition < 20; ++partition) {
    std::vector<LinkId> order = other.LiveInOrder(partition);
    std::transform(order.begin(), order.end(), order.begin(), rename);
    EXPECT_EQ(order, links.LiveInOrder(partition));
  }
}

TEST_F(RouterLinksTest, ReadersAreClaimantsFirstNewestFirst) {
  links.SetClaims(kC, {9});
  links.SetClaims(kB, {9});
  EXPECT_THAT(links.Readers(9), ElementsAre(kB, kC, kA));
  links.SetLeaving(kB);
  EXPECT_THAT(links.Readers(9), ElementsAre(kC, kA));
}

}  // namespace
}  // namespace parley::gateway
