#include "services/gateway/feed/server_choice.h"

#include <set>

#include <gtest/gtest.h>

namespace parley::gateway {
namespace {

using std::chrono::milliseconds;

constexpr Partition kPartition = 3;
constexpr LinkId kA{1};
constexpr LinkId kB{2};
constexpr LinkId kC{3};

class ServerChoiceTest : public testing::Test {
 protected:
  void Link(LinkId link) {
    links.Add(link, RouterId("router-" + std::to_string(static_cast<std::uint64_t>(link))), now);
  }
  void Claim(LinkId link) { links.SetClaims(link, {kPartition}); }
  // Time in which every router speaks.
  void Pass(milliseconds time) {
    now += time;
    for (const LinkId link : {kA, kB, kC}) links.Heard(link, now);
  }
  // What the feed does with the decision.
  std::optional<LinkId> Decide() {
    const std::optional<LinkId> link = choice.Decide(now);
    if (link) choice.Chosen(*link, now);
    return link;
  }

  TimePoint now{std::chrono::hours(1)};
  FeedConfig config;
  RouterLinks links{config.link_silence_max};
  ServerChoice choice{kPartition, config, links, now};
};

TEST_F(ServerChoiceTest, ClaimantIsAskedAtOnce) {
  Link(kA);
  Link(kB);
  Claim(kB);
  EXPECT_EQ(Decide(), kB);
  EXPECT_EQ(Decide(), std::nullopt);
}

TEST_F(ServerChoiceTest, WithoutClaimARouterAdoptsAfterASecond) {
  Link(kA);
  Link(kB);
  Pass(milliseconds(999));
  EXPECT_EQ(Decide(), std::nullopt);
  Pass(milliseconds(1));
  EXPECT_EQ(Decide(), links.LiveInOrder(kPartition).front());
}

TEST_F(ServerChoiceTest, FirstLinkAfterNoneHasASecondToClaim) {
  Pass(milliseconds(60'000));
  EXPECT_EQ(Decide(), std::nullopt);
  Link(kA);
  EXPECT_EQ(Decide(), std::nullopt);
  Pass(milliseconds(1000));
  EXPECT_EQ(Decide(), kA);
}

TEST_F(ServerChoiceTest, NewestClaimantTakesOverAtMostOnceASecond) {
  Link(kA);
  Link(kB);
  Claim(kA);
  EXPECT_EQ(Decide(), kA);
  Claim(kB);
  EXPECT_EQ(Decide(), std::nullopt);
  Pass(milliseconds(1000));
  EXPECT_EQ(Decide(), kB);
  Claim(kA);  // Repeated: no newer than it was.
  Pass(milliseconds(5000));
  EXPECT_EQ(Decide(), std::nullopt);
}

TEST_F(ServerChoiceTest, ServerServesOnWhenItClaimsNoMore) {
  Link(kA);
  Link(kB);
  Claim(kA);
  EXPECT_EQ(Decide(), kA);
  links.SetClaims(kA, {});
  Pass(milliseconds(5000));
  EXPECT_EQ(Decide(), std::nullopt);
}

TEST_F(ServerChoiceTest, LostServerIsReplacedAtOnceByAnAdopter) {
  Link(kA);
  Link(kB);
  Claim(kA);
  EXPECT_EQ(Decide(), kA);
  links.Remove(kA);
  EXPECT_EQ(Decide(), kB);
}

TEST_F(ServerChoiceTest, SilentServerIsReplacedAndComesBackByItsClaim) {
  Link(kA);
  Link(kB);
  Claim(kA);
  EXPECT_EQ(Decide(), kA);
  now += milliseconds(1001);
  links.Heard(kB, now);
  links.NoteSilence(now);
  EXPECT_EQ(Decide(), kB);
  Pass(milliseconds(1000));
  EXPECT_EQ(Decide(), kA);
}

TEST_F(ServerChoiceTest, LeavingServerIsReplacedAtOnce) {
  Link(kA);
  Link(kB);
  Claim(kA);
  EXPECT_EQ(Decide(), kA);
  links.SetLeaving(kA);
  EXPECT_EQ(Decide(), kB);
}

TEST_F(ServerChoiceTest, OnlyServerThatIsSilentIsKept) {
  Link(kA);
  Claim(kA);
  EXPECT_EQ(Decide(), kA);
  now += milliseconds(5000);
  links.NoteSilence(now);
  EXPECT_EQ(Decide(), std::nullopt);
  EXPECT_EQ(choice.server(), kA);
  links.Heard(kA, now);
  EXPECT_EQ(Decide(), std::nullopt) << "it goes on where it was";
}

TEST_F(ServerChoiceTest, WhoDoesNotAnswerIsPassedOverForAWhile) {
  Link(kA);
  Link(kB);
  Claim(kA);
  EXPECT_EQ(Decide(), kA);
  choice.PassOver(now);
  EXPECT_EQ(Decide(), kB);
  choice.Answered();
  Pass(milliseconds(9999));
  EXPECT_EQ(Decide(), std::nullopt);
  Pass(milliseconds(1));
  EXPECT_EQ(Decide(), kA);
}

TEST_F(ServerChoiceTest, AllAreTriedBeforeOneIsTriedAgainAndThenHaveMoreTime) {
  Link(kA);
  Link(kB);
  Link(kC);
  Pass(milliseconds(1000));
  std::set<LinkId> asked;
  std::optional<LinkId> first;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(choice.answer_deadline(), milliseconds(500));
    const std::optional<LinkId> link = Decide();
    ASSERT_TRUE(link);
    if (!first) first = link;
    asked.insert(*link);
    Pass(milliseconds(500));
    choice.PassOver(now);
  }
  EXPECT_EQ(asked.size(), 3u);
  EXPECT_EQ(choice.answer_deadline(), milliseconds(1000));
  EXPECT_EQ(Decide(), first);
  for (int i = 0; i < 50; ++i) choice.PassOver(now);
  EXPECT_EQ(choice.answer_deadline(), milliseconds(4000));
  choice.Answered();
  EXPECT_EQ(choice.answer_deadline(), milliseconds(500));
}

}  // namespace
}  // namespace parley::gateway
