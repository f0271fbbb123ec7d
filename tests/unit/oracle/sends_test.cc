#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/oracle/oracle_fixture.h"

namespace parley::oracle {
namespace {

// What becomes of publishes.

using OracleSendsTest = OracleTest;

TEST_F(OracleSendsTest, WhatIsAckedIsInTheLog) {
  stored_.pop_back();
  Miss(bob_, 4);
  Miss(carl_, 4);
  ExpectRefused("ann: acked and not in the log: m4");
}

TEST_F(OracleSendsTest, WhatIsSentIsNotInTheLogTwice) {
  carl_.events.clear();
  bob_.events.clear();
  stored_.push_back({"general", "m4", "ann", "p5"});
  ExpectRefused("ann: the log shows m4 2 times");
}

TEST_F(OracleSendsTest, AnAckNamesWhereTheMessageLies) {
  Find(ann_, Kind::kOk, "m4").position = "p5";
  ExpectRefused("ann: acked m4 at p5, the log has it at p4");
}

TEST_F(OracleSendsTest, TheAckOfARepetitionMayNameTheCopyThatIsNotShown) {
  ClientEvent& ack = Find(ann_, Kind::kOk, "m4");
  ack.position = "p5";
  ack.first_try = false;
  ExpectClean();
}

// What a client sends once, a producer may store twice.
TEST_F(OracleSendsTest, AnAckMayNameACopyThatIsLeftOut) {
  Find(ann_, Kind::kOk, "m4").position = "p5";
  stored_.back().hidden = {"p5"};
  ExpectClean();
}

TEST_F(OracleSendsTest, AnAckOfWhatTheClientDidNotSendIsRefused) {
  Erase(ann_, Kind::kInvoke, "m4");
  EXPECT_TRUE(IsRefusedFor("ann: told what became of m4, which it did not send"));
}

TEST_F(OracleSendsTest, TwoClientsMayNotSendUnderOneId) {
  Note(bob_, Kind::kInvoke, "", "m1");
  ExpectRefused("bob: sent under an id that was taken: m1");
}

TEST_F(OracleSendsTest, AMessageLiesWhereItWasSent) {
  stored_[3].channel = "random";
  Miss(bob_, 4);
  Miss(carl_, 4);
  ExpectRefused("ann: sent m4 to general, the log has it in random from ann");
}

TEST_F(OracleSendsTest, AMessageIsItsSenders) {
  stored_[3].sender = "bob";
  ExpectRefused("ann: sent m4 to general, the log has it in general from bob");
}

TEST_F(OracleSendsTest, AMessageComesInTheChannelThatItWasSentTo) {
  Note(ann_, Kind::kInvoke, "", "m5");
  stored_.push_back({"random", "m5", "ann", "p5"});
  Note(carl_, Kind::kJoined, "p0").channel = "random";
  Note(carl_, Kind::kReceived, "p5", "m5").channel = "random";
  EXPECT_TRUE(IsRefusedFor("carl: received m5 in random, which was sent to general"));
}

TEST_F(OracleSendsTest, WhatWasSentInOrderLiesInOrder) {
  SendFirst("m3");
  ExpectRefused("ann: sent in order, stored out of it: m1");
}

TEST_F(OracleSendsTest, WhatWasRepeatedMayHaveBeenOvertaken) {
  SendFirst("m3");
  Find(ann_, Kind::kOk, "m3").first_try = false;
  ExpectClean();
}

TEST_F(OracleSendsTest, TheOrderOfTwoSendersIsNobodys) {
  SendFirst("m3");
  const ClientEvent invoke = Find(ann_, Kind::kInvoke, "m3");
  const ClientEvent ack = Find(ann_, Kind::kOk, "m3");
  std::erase_if(ann_.events, [](const ClientEvent& event) { return event.id == "m3"; });
  bob_.events.insert(bob_.events.begin(), {invoke, ack});
  stored_[2].sender = "bob";
  ExpectClean();
}

}  // namespace
}  // namespace parley::oracle
