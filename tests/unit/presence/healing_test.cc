#include "services/presence/registry/healing.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "services/presence/directory.h"
#include "tests/unit/presence/walked_gateway.h"

namespace parley::presence {
namespace {

using Outcome = SnapshotAnswer::Outcome;

class HealingTest : public testing::Test {
 protected:
  void Apply(const ConnectionEvent& event) { directory_.Apply({event}, At(now_)); }
  // Who is asked within the next tick.
  std::vector<SnapshotTarget> Asked() {
    now_ += 100;
    std::vector<SnapshotTarget> targets = directory_.Tick(At(now_)).snapshots;
    if (!targets.empty()) question_ = targets[0].question;
    return targets;
  }
  // To what was asked last.
  bool Answer(Outcome outcome, std::vector<std::string> pages = {}) {
    return Answer(question_, outcome, std::move(pages));
  }
  bool Answer(std::uint64_t question, Outcome outcome, std::vector<std::string> pages) {
    return directory_.Answered({.server = ServerId("one"),
                                .epoch = 1,
                                .question = question,
                                .outcome = outcome,
                                .pages = std::move(pages)},
                               At(now_));
  }
  std::string Members() const {
    std::string text;
    for (const auto& [user, sessions] : directory_.registry().attendance().MembersOf("general")) {
      text += user.value() + ":" + std::to_string(sessions) + " ";
    }
    return text;
  }
  bool incomplete() const { return directory_.registry().FindServer(ServerId("one"))->incomplete; }

  Directory directory_{DirectoryConfig{}};
  WalkedGateway one_{"one", 1};
  std::int64_t now_ = 1'000'000;
  std::uint64_t question_ = 0;
};

TEST_F(HealingTest, OnlyWhoMissesSomethingIsAskedAndOnce) {
  Apply(one_.source().Heartbeat());
  EXPECT_TRUE(Asked().empty());
  static_cast<void>(one_.Connect("a", "bob"));
  Apply(one_.Join("a", "general"));
  EXPECT_TRUE(incomplete());
  const auto asked = Asked();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].address, "one:50052");
  EXPECT_TRUE(Asked().empty()) << "the answer is on its way";
  Answer(Outcome::kGiven, one_.Snapshot());
  EXPECT_FALSE(incomplete());
  EXPECT_TRUE(Asked().empty());
}

TEST_F(HealingTest, WhoseAddressIsNotKnownIsAskedAfterItsHeartbeat) {
  static_cast<void>(one_.Connect("a", "bob"));
  Apply(one_.Join("a", "general"));
  EXPECT_TRUE(Asked().empty());
  Apply(one_.source().Heartbeat());
  EXPECT_EQ(Asked().size(), 1U);
}

TEST_F(HealingTest, WhatHappensMeanwhileComesOnTopOfTheSnapshot) {
  static_cast<void>(one_.Connect("a", "bob"));
  static_cast<void>(one_.Join("a", "general"));
  Apply(one_.source().Heartbeat());
  ASSERT_EQ(Asked().size(), 1U);
  const std::vector<std::string> pages = one_.Snapshot();
  Apply(one_.Connect("b", "eve"));
  Apply(one_.Join("b", "general"));
  Apply(one_.Leave("a", "general"));
  EXPECT_EQ(Members(), "eve:1 ");
  Answer(Outcome::kGiven, pages);
  EXPECT_EQ(Members(), "eve:1 ");
  EXPECT_FALSE(incomplete());
}

TEST_F(HealingTest, WhatIsLostMeanwhileIsAHoleAgain) {
  static_cast<void>(one_.Connect("a", "bob"));
  Apply(one_.source().Heartbeat());
  ASSERT_EQ(Asked().size(), 1U);
  const std::vector<std::string> pages = one_.Snapshot();
  static_cast<void>(one_.Join("a", "general"));
  Apply(one_.Connect("b", "eve"));
  Answer(Outcome::kGiven, pages);
  EXPECT_TRUE(incomplete());
  now_ += 1'000;
  EXPECT_EQ(Asked().size(), 1U);
}

TEST_F(HealingTest, SnapshotOfALaterRevisionMakesTheRecordsBeforeItOld) {
  static_cast<void>(one_.Connect("a", "bob"));
  Apply(one_.source().Heartbeat());
  ASSERT_EQ(Asked().size(), 1U);
  const ConnectionEvent join = one_.Join("a", "general");
  const ConnectionEvent leave = one_.Leave("a", "general");
  Answer(Outcome::kGiven, one_.Snapshot());
  Apply(join);
  EXPECT_EQ(Members(), "");
  Apply(leave);
  EXPECT_FALSE(incomplete());
}

TEST_F(HealingTest, WhoDoesNotAnswerIsAskedAgainAndAgain) {
  static_cast<void>(one_.Connect("a", "bob"));
  Apply(one_.source().Heartbeat());
  int asked = 0;
  for (int tick = 0; tick < 100; ++tick) {
    if (Asked().empty()) continue;
    ++asked;
    Answer(Outcome::kFailed);
  }
  EXPECT_GE(asked, 8);
  EXPECT_LE(asked, 12) << "at most once a second in the end";
  EXPECT_TRUE(incomplete());
}

TEST_F(HealingTest, AnswerOfAnotherProcessIsNotUsed) {
  static_cast<void>(one_.Connect("a", "bob"));
  Apply(one_.source().Heartbeat());
  ASSERT_EQ(Asked().size(), 1U);
  WalkedGateway two("two", 1);
  static_cast<void>(two.Connect("b", "eve"));
  Answer(Outcome::kGiven, two.Snapshot());
  EXPECT_TRUE(incomplete());
  now_ += 1'000;
  ASSERT_EQ(Asked().size(), 1U);
  Answer(Outcome::kGiven, WalkedGateway("one", 2).Snapshot());
  EXPECT_TRUE(incomplete());
  EXPECT_EQ(directory_.registry().attendance().users(), 0U);
}

// It was dropped and came back meanwhile: what came between the two questions is on neither.
TEST_F(HealingTest, AnswerToAnEarlierQuestionIsNotUsed) {
  static_cast<void>(one_.Connect("a", "bob"));
  Apply(one_.Join("a", "general"));
  Apply(one_.source().Heartbeat());
  ASSERT_EQ(Asked().size(), 1U);
  const std::uint64_t first = question_;
  const std::vector<std::string> pages = one_.Snapshot();
  for (int second = 0; second < 12; ++second) {
    now_ += 1'000;
    directory_.FollowsLog(At(now_));
    static_cast<void>(directory_.Tick(At(now_)));
  }
  ASSERT_EQ(directory_.registry().FindServer(ServerId("one")), nullptr);
  Apply(one_.source().Heartbeat());
  Apply(one_.Connect("b", "eve"));
  Apply(one_.Join("b", "general"));
  ASSERT_EQ(Asked().size(), 1U);
  Answer(first, Outcome::kGiven, pages);
  EXPECT_EQ(Members(), "eve:1 ");
  EXPECT_TRUE(incomplete());
  Answer(Outcome::kGiven, one_.Snapshot());
  EXPECT_EQ(Members(), "bob:1 eve:1 ");
  EXPECT_FALSE(incomplete());
}

TEST_F(HealingTest, PagesOfSeveralRevisionsAreNotUsed) {
  static_cast<void>(one_.Connect("a", "bob"));
  Apply(one_.source().Heartbeat());
  ASSERT_EQ(Asked().size(), 1U);
  std::vector<std::string> pages = one_.Snapshot();
  static_cast<void>(one_.Join("a", "general"));
  pages.push_back(one_.Snapshot()[0]);
  Answer(Outcome::kGiven, pages);
  EXPECT_TRUE(incomplete());
}

// Later events would all be old.
TEST_F(HealingTest, RevisionThatNoEventCanHaveIsNotUsed) {
  static_cast<void>(one_.Connect("a", "bob"));
  Apply(one_.source().Heartbeat());
  ASSERT_EQ(Asked().size(), 1U);
  const std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
  Answer(Outcome::kGiven, {one_.PageAfter("", largest).bytes});
  EXPECT_TRUE(incomplete());
}

TEST_F(HealingTest, GarbageIsNotUsedAndRemovesNobody) {
  Apply(one_.Connect("a", "bob"));
  Apply(one_.Join("a", "general"));
  static_cast<void>(one_.Leave("a", "general"));
  Apply(one_.source().Heartbeat());
  const std::vector<std::vector<std::string>> garbage = {
      {}, {"\xff\xff"}, {WalkedGateway("one", 1).Snapshot()[0], "x"}};
  for (const std::vector<std::string>& pages : garbage) {
    now_ += 1'000;
    ASSERT_EQ(Asked().size(), 1U);
    Answer(Outcome::kGiven, pages);
    EXPECT_TRUE(incomplete());
    EXPECT_EQ(Members(), "bob:1 ");
  }
}

TEST_F(HealingTest, LogIsReadAgainForAGatewayThatGivesNone) {
  std::vector<ConnectionEvent> history = {one_.Connect("a", "bob"), one_.Join("a", "general")};
  Apply(one_.source().Heartbeat());
  ASSERT_EQ(Asked().size(), 1U);
  EXPECT_TRUE(Answer(Outcome::kUnsupported));
  // What was on its way comes before the log starts again.
  history.push_back(one_.Connect("b", "eve"));
  Apply(history.back());
  directory_.FollowsLog(At(now_));
  EXPECT_FALSE(directory_.ready());
  directory_.LogStartsAgain();
  for (const ConnectionEvent& event : history) Apply(event);
  EXPECT_EQ(Members(), "bob:1 ");
  EXPECT_FALSE(incomplete());
  directory_.FollowsLog(At(now_));
  EXPECT_TRUE(directory_.ready());
  static_cast<void>(one_.Connect("lost", "eve"));
  Apply(one_.source().Heartbeat());
  EXPECT_TRUE(incomplete());
  EXPECT_TRUE(Asked().empty()) << "it will never answer";
}

TEST_F(HealingTest, ReplicaAnswersWhenItHasAskedForWhatItMisses) {
  static_cast<void>(one_.Connect("a", "bob"));
  Apply(one_.source().Heartbeat());
  directory_.FollowsLog(At(now_));
  EXPECT_FALSE(directory_.ready());
  ASSERT_EQ(Asked().size(), 1U);
  EXPECT_FALSE(directory_.ready());
  Answer(Outcome::kFailed);
  EXPECT_TRUE(directory_.ready()) << "it will not wait for a gateway that is gone";
}

TEST_F(HealingTest, ReplicaDoesNotWaitForEver) {
  static_cast<void>(one_.Connect("a", "bob"));
  Apply(one_.source().Heartbeat());
  directory_.FollowsLog(At(now_));
  now_ += 10'000;
  ASSERT_EQ(Asked().size(), 1U);
  EXPECT_TRUE(directory_.ready());
}

TEST(HealingLimitsTest, AnswerIsNotUsedWhenTooMuchHappenedMeanwhile) {
  DirectoryConfig config;
  config.healing.events_max = 3;
  Directory directory(config);
  WalkedGateway one("one", 1);
  std::int64_t now = 0;
  const auto ask = [&] {
    now += 1'000;
    auto asked = directory.Tick(At(now)).snapshots;
    EXPECT_EQ(asked.size(), 1U);
    return SnapshotAnswer{.server = asked.at(0).server,
                          .epoch = 1,
                          .question = asked.at(0).question,
                          .outcome = Outcome::kGiven};
  };
  static_cast<void>(one.Connect("a", "bob"));
  directory.Apply({one.source().Heartbeat()}, At(now));
  for (const int events : {4, 3}) {
    SnapshotAnswer answer = ask();
    answer.pages = one.Snapshot();
    for (int i = 0; i < events; ++i) {
      directory.Apply({one.Join("a", std::to_string(events) + std::to_string(i))}, At(now));
    }
    static_cast<void>(directory.Answered(answer, At(now)));
    EXPECT_EQ(directory.registry().FindServer(ServerId("one"))->incomplete, events > 3);
  }
  EXPECT_EQ(directory.registry().attendance().SessionsOf("bob").at(0).channels.size(), 7U);
}

TEST(HealingLimitsTest, WhoNeverAnswersDoesNotKeepTheOthersWaiting) {
  DirectoryConfig config;
  config.healing.in_flight_max = 2;
  config.healing.retry_longest = config.healing.retry_first = std::chrono::milliseconds(100);
  Directory directory(config);
  for (const char* const name : {"a", "b", "c", "d"}) {
    WalkedGateway gateway(name, 1);
    static_cast<void>(gateway.Connect("session", "bob"));
    directory.Apply({gateway.source().Heartbeat()}, At(0));
  }
  std::set<std::string> asked;
  for (std::int64_t now = 0; now < 1'000; now += 100) {
    for (const SnapshotTarget& target : directory.Tick(At(now)).snapshots) {
      asked.insert(target.server.value());
      static_cast<void>(directory.Answered(
          {.server = target.server, .epoch = 1, .question = target.question}, At(now)));
    }
  }
  EXPECT_EQ(asked.size(), 4U);
}

TEST(HealingStartTest, ReplicaThatReadsTheEndOnlyWaitsForAHeartbeat) {
  DirectoryConfig config;
  config.reads_all = false;
  Directory directory(config);
  directory.FollowsLog(At(0));
  static_cast<void>(directory.Tick(At(2'000)));
  EXPECT_FALSE(directory.ready());
  static_cast<void>(directory.Tick(At(2'500)));
  EXPECT_TRUE(directory.ready()) << "there is nobody";
}

}  // namespace
}  // namespace parley::presence
