#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/oracle/oracle_fixture.h"

namespace parley::oracle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// What receivers get.

TEST_F(OracleTest, EverybodyWhoGotEverythingIsFine) {
  Oracle oracle(stored_);
  oracle.Judge(ann_, true);
  oracle.Judge(bob_, true);
  oracle.JudgeSends();
  EXPECT_THAT(oracle.violations(), IsEmpty());
  EXPECT_EQ(oracle.acked(), 4u);
  EXPECT_EQ(oracle.received(), 4u);
  EXPECT_EQ(oracle.discontinuities(), 0u);
}

TEST_F(OracleTest, TheDumpMayComeInAnyOrder) {
  std::ranges::reverse(stored_);
  ExpectClean();
}

TEST_F(OracleTest, AMessageThatNeverCameAtTheEndIsALoss) {
  Miss(bob_, 4);
  ExpectRefused("bob: lost: general m4 at p4 and all after it never came");
}

TEST_F(OracleTest, WhoIsNotThereAtTheEndMissesNothing) {
  CutAfter(bob_, 2);
  Note(bob_, Kind::kDisconnected, "").channel = "";
  EXPECT_THAT(Judge(false), IsEmpty());
  EXPECT_THAT(Judge(true), ElementsAre(HasSubstr("lost: general m3")));
}

TEST_F(OracleTest, AMessageThatNeverCameInTheMiddleIsALoss) {
  Miss(bob_, 2);
  ExpectRefused("bob: after p1 of general came m3 at p3, the log has m2 at p2");
}

TEST_F(OracleTest, TheFirstAfterTheJoinMayNotBeMissing) {
  Miss(bob_, 1);
  ExpectRefused("bob: after p0 of general came m2 at p2, the log has m1 at p1");
}

TEST_F(OracleTest, AnIdThatComesTwiceIsADuplicate) {
  Receive(bob_, 4);
  EXPECT_TRUE(IsRefusedFor("bob: duplicate: general m4 at p4"));
}

TEST_F(OracleTest, AnIdThatComesTwiceAtAnotherPlaceIsADuplicateThoughTheLogHasItTwice) {
  stored_.push_back({"general", "m4", "ann", "p5"});
  for (ClientLog* receiver : {&bob_, &carl_}) Note(*receiver, Kind::kReceived, "p5", "m4");
  EXPECT_THAT(Judge(), ElementsAre(HasSubstr("bob: duplicate: general m4 at p5"),
                                   HasSubstr("carl: duplicate: general m4 at p5"),
                                   HasSubstr("ann: the log shows m4 2 times")));
}

TEST_F(OracleTest, NeighboursThatAreSwappedAreOutOfOrder) {
  std::swap(Received(bob_, 2), Received(bob_, 3));
  EXPECT_TRUE(IsRefusedFor("bob: out of order: general m2 at p2 after p3"));
}

// With positions that rise, so that nothing but the log tells.
TEST_F(OracleTest, AReceiverThatSeesAnotherMessageAtAPositionIsRefused) {
  std::swap(Received(bob_, 2).id, Received(bob_, 3).id);
  EXPECT_TRUE(IsRefusedFor("bob: after p1 of general came m3 at p2, the log has m2 at p2"));
}

TEST_F(OracleTest, TwoReceiversMayNotDisagreeOnAPosition) {
  Received(carl_, 4).position = "p5";
  EXPECT_TRUE(IsRefusedFor("carl: after p3 of general came m4 at p5, the log has m4 at p4"));
}

TEST_F(OracleTest, WhatNobodySentMayNotCome) {
  stored_.push_back({"general", "m5", "ann", "p5"});
  Receive(bob_, 5);
  Receive(carl_, 5);
  ExpectRefused("bob: received m5, which nobody sent");
}

TEST_F(OracleTest, WhatFailedMayNotCome) {
  Find(ann_, Kind::kOk, "m2").kind = Kind::kFail;
  EXPECT_TRUE(IsRefusedFor("bob: received m2, whose publish definitely failed"));
}

// Nobody may have been there to receive it.
TEST_F(OracleTest, WhatFailedMayNotBeInTheLog) {
  bob_.events.clear();
  carl_.events.clear();
  Find(ann_, Kind::kOk, "m2").kind = Kind::kFail;
  ExpectRefused("ann: definitely failed, and in the log: m2");
}

TEST_F(OracleTest, WhatFailedAndIsNowhereIsFine) {
  Note(ann_, Kind::kInvoke, "", "m5");
  Note(ann_, Kind::kFail, "", "m5");
  ExpectClean();
}

TEST_F(OracleTest, WhatIsUnknownMayBeThereForAllOrForNobody) {
  Find(ann_, Kind::kOk, "m4").kind = Kind::kUnknown;
  Note(ann_, Kind::kInvoke, "", "m5");
  Note(ann_, Kind::kUnknown, "", "m5");
  ExpectClean();
  Miss(bob_, 4);
  ExpectRefused("bob: lost: general m4");
}

TEST_F(OracleTest, APreviousBeyondWhatCameIsAGap) {
  Received(bob_, 3).previous = "p2";
  ExpectClean();
  Miss(bob_, 2);
  EXPECT_TRUE(IsRefusedFor("bob: gap: general m3 names p2 before it, but p1 was the last given"));
}

// The client would not notice if that message were missing.
TEST_F(OracleTest, APreviousThatSkipsAMessageHidesAGap) {
  Received(bob_, 3).previous = "p1";
  ExpectRefused("bob: hidden gap: general m3 names p1 before it, the log has p2 there");
}

TEST_F(OracleTest, APreviousBeforeTheFirstThatTheLogHoldsCannotBeJudged) {
  Find(bob_, Kind::kJoined).position = "p1";
  Miss(bob_, 1);
  Received(bob_, 2).previous = "p1";
  carl_.events.clear();
  stored_.erase(stored_.begin());
  Erase(ann_, Kind::kOk, "m1");
  ExpectClean();
}

TEST_F(OracleTest, AResumeGoesOnWhereTheClientWas) {
  CutAfter(bob_, 2);
  Note(bob_, Kind::kDisconnected, "").channel = "";
  Resume(bob_, "p2");
  Receive(bob_, 3);
  Receive(bob_, 4);
  ExpectClean();
}

TEST_F(OracleTest, AResumeElsewhereIsRefused) {
  CutAfter(bob_, 2);
  Resume(bob_, "p3");
  Receive(bob_, 4);
  ExpectRefused("bob: resumed general at p3, not at p2");
}

TEST_F(OracleTest, AResumeDoesNotExcuseWhatIsMissing) {
  CutAfter(bob_, 2);
  Resume(bob_, "p2");
  Receive(bob_, 4);
  ExpectRefused("bob: after p2 of general came m4 at p4, the log has m3 at p3");
}

TEST_F(OracleTest, WhoJoinsLiveGetsWhatComesAfter) {
  bob_.events.clear();
  Note(bob_, Kind::kJoined, "p2");
  Receive(bob_, 3);
  Receive(bob_, 4);
  ExpectClean();
}

// An answer to a resume that is not one.
TEST_F(OracleTest, WhoIsJoinedLiveThoughItWasInTheChannelHasLostWhatLiesBetween) {
  CutAfter(bob_, 1);
  Note(bob_, Kind::kJoined, "p3");
  Receive(bob_, 4);
  ExpectRefused("bob: lost: general went on at p3 after p1, though the log holds m2 at p2");
}

TEST_F(OracleTest, WhoLeftAndJoinsAgainMissedNothing) {
  CutAfter(bob_, 1);
  Note(bob_, Kind::kLeft, "");
  Note(bob_, Kind::kJoined, "p3");
  Receive(bob_, 4);
  ExpectClean();
}

TEST_F(OracleTest, WhoLeftMissesNothingAtTheEnd) {
  CutAfter(bob_, 1);
  Note(bob_, Kind::kLeft, "");
  ExpectClean();
}

TEST_F(OracleTest, WhoLeftMayGetNothingMore) {
  CutAfter(bob_, 1);
  Note(bob_, Kind::kLeft, "");
  Receive(bob_, 2);
  ExpectRefused("bob: received m2 of general, which it is not in");
}

TEST_F(OracleTest, WhoNeverJoinedMayGetNothing) {
  Erase(bob_, Kind::kJoined);
  EXPECT_TRUE(IsRefusedFor("bob: received m1 of general, which it is not in"));
}

// The join was answered too early: the client believes to be in from p2 on.
TEST_F(OracleTest, AJoinThatIsAnsweredBeforeItHoldsIsRefused) {
  bob_.events.clear();
  Note(bob_, Kind::kJoined, "p2").time_us = 10;
  Receive(bob_, 3);
  Receive(bob_, 4);
  Find(ann_, Kind::kInvoke, "m1").time_us = 9;
  ExpectClean();
  Find(ann_, Kind::kInvoke, "m1").time_us = 11;
  ExpectRefused("bob: joined general at p2, and what ann sent only then lies before it");
}

TEST_F(OracleTest, ACheckpointMovesAClientOn) {
  Note(bob_, Kind::kCheckpoint, "p5");
  Resume(bob_, "p5");
  ExpectClean();
}

TEST_F(OracleTest, AnOldCheckpointMovesNobodyBack) {
  Note(bob_, Kind::kCheckpoint, "p2");
  Resume(bob_, "p4");
  ExpectClean();
}

TEST_F(OracleTest, ACheckpointBeyondAMessageThatWasNotGivenIsRefused) {
  Miss(bob_, 4);
  Note(bob_, Kind::kCheckpoint, "p4");
  ExpectRefused("bob: told that general has come to p4, but never given m4 at p4");
}

TEST_F(OracleTest, ADiscontinuityExcusesWhatTheLogHoldsNoMore) {
  CutAfter(bob_, 1);
  Note(bob_, Kind::kLost, "p3");
  Receive(bob_, 4);
  carl_.events.clear();
  std::erase_if(stored_, [](const StoredMessage& m) { return m.id == "m2" || m.id == "m3"; });
  for (const char* id : {"m2", "m3"}) Erase(ann_, Kind::kOk, id);
  ExpectClean();
  EXPECT_EQ(discontinuities_, 1u);
}

TEST_F(OracleTest, ADiscontinuityDoesNotExcuseWhatTheLogHolds) {
  CutAfter(bob_, 1);
  Note(bob_, Kind::kLost, "p3");
  Receive(bob_, 4);
  ExpectRefused("bob: lost: general went on at p3 after p1, though the log holds m2 at p2");
}

TEST_F(OracleTest, WhatComesAfterADiscontinuityMustCome) {
  Miss(bob_, 4);
  Note(bob_, Kind::kLost, "p3");
  ExpectRefused("bob: lost: general m4 at p4 and all after it never came");
}

}  // namespace
}  // namespace parley::oracle
