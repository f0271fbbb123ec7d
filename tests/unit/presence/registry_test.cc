#include "services/presence/registry/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/presence/events.h"

namespace parley::presence {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RegistryTest : public testing::Test {
 protected:
  Applied Apply(const ConnectionEvent& event, std::int64_t at_ms = 0) {
    changes_.clear();
    return registry_.Apply(event, At(at_ms), changes_);
  }
  Verdict VerdictOf(const ConnectionEvent& event) { return Apply(event).verdict; }

  // "+bob@general" for each user that came, "-bob@general" for each that went, in the last step.
  std::vector<std::string> Memberships() const {
    std::vector<std::string> texts;
    for (const MembershipChange& change : changes_.memberships) {
      texts.push_back((change.joined ? "+" : "-") + change.user.value() + "@" +
                      change.channel.value());
    }
    return texts;
  }
  std::vector<std::string> Servers() const {
    std::vector<std::string> texts;
    for (const ServerChange& change : changes_.servers) {
      texts.push_back((change.up ? "+" : "-") + change.server.value());
    }
    return texts;
  }
  std::size_t MembersOf(const std::string& channel) const {
    return registry_.attendance().CountMembers(channel);
  }

  Registry registry_;
  Changes changes_;
  EventSource one_{"one"};
  EventSource two_{"two"};
};

TEST_F(RegistryTest, UsersAreCountedByTheirSessions) {
  static_cast<void>(Apply(one_.Connect("a", "bob")));
  EXPECT_THAT(Servers(), ElementsAre("+one"));
  EXPECT_THAT(Memberships(), IsEmpty());
  static_cast<void>(Apply(one_.Join("a", "bob", "general")));
  EXPECT_THAT(Memberships(), ElementsAre("+bob@general"));
  static_cast<void>(Apply(two_.Connect("b", "bob")));
  static_cast<void>(Apply(two_.Join("b", "bob", "general")));
  EXPECT_THAT(Memberships(), IsEmpty()) << "his second device brings nobody new";
  EXPECT_EQ(registry_.attendance().MembersOf("general").at(UserId("bob")), 2U);
  EXPECT_EQ(registry_.attendance().users(), 1U);
  EXPECT_EQ(registry_.attendance().sessions(), 2U);
  EXPECT_EQ(registry_.attendance().SessionsOf("bob").size(), 2U);

  static_cast<void>(Apply(one_.Disconnect("a", "bob")));
  EXPECT_THAT(Memberships(), IsEmpty());
  static_cast<void>(Apply(two_.Leave("b", "bob", "general")));
  EXPECT_THAT(Memberships(), ElementsAre("-bob@general"));
  EXPECT_EQ(registry_.attendance().channels(), 0U);
}

TEST_F(RegistryTest, RepeatedEventsAreIgnored) {
  const ConnectionEvent connect = one_.Connect("a", "bob");
  const ConnectionEvent join = one_.Join("a", "bob", "general");
  const ConnectionEvent leave = one_.Leave("a", "bob", "general");
  EXPECT_EQ(VerdictOf(connect), Verdict::kApplied);
  EXPECT_EQ(VerdictOf(join), Verdict::kApplied);
  EXPECT_EQ(VerdictOf(connect), Verdict::kOld);
  EXPECT_EQ(VerdictOf(join), Verdict::kOld);
  EXPECT_EQ(VerdictOf(leave), Verdict::kApplied);
  EXPECT_EQ(VerdictOf(join), Verdict::kOld) << "a repeated join must not bring back who left";
  EXPECT_EQ(MembersOf("general"), 0U);
}

TEST_F(RegistryTest, SessionsKeepTheirIdsWhetherUuidsOrNot) {
  const std::vector<std::string> ids = {"0b7a1e5c-0000-4000-8000-00000000000a",
                                        "0B7A1E5C-0000-4000-8000-00000000000A", "phone"};
  for (const std::string& id : ids) static_cast<void>(Apply(one_.Connect(id, "bob")));
  std::vector<std::string> shown;
  for (const PresentSession& session : registry_.attendance().SessionsOf("bob")) {
    shown.push_back(session.id.value());
  }
  EXPECT_EQ(shown, ids);
  for (const std::string& id : ids) {
    static_cast<void>(Apply(one_.Join(id, "bob", "general")));
    static_cast<void>(Apply(one_.Disconnect(id, "bob")));
    EXPECT_THAT(Memberships(), ElementsAre("-bob@general"));
  }
  EXPECT_EQ(registry_.attendance().sessions(), 0U);
}

TEST_F(RegistryTest, NewerEpochReplacesTheServer) {
  static_cast<void>(Apply(one_.Connect("a", "bob")));
  static_cast<void>(Apply(one_.Join("a", "bob", "general")));
  EventSource restarted("one", 2);
  static_cast<void>(Apply(restarted.Heartbeat()));
  EXPECT_THAT(Memberships(), ElementsAre("-bob@general"));
  EXPECT_EQ(registry_.attendance().sessions(), 0U);
  EXPECT_EQ(registry_.FindServer(ServerId("one"))->epoch, 2);
  EXPECT_EQ(registry_.FindServer(ServerId("one"))->link_address, "one:50052");
}

TEST_F(RegistryTest, LateEventsOfAnOlderEpochAreIgnored) {
  EventSource restarted("one", 2);
  static_cast<void>(Apply(one_.Connect("a", "bob")));
  static_cast<void>(Apply(restarted.Connect("a", "bob")));
  static_cast<void>(Apply(restarted.Join("a", "bob", "general")));
  EXPECT_EQ(VerdictOf(one_.Join("a", "bob", "other")), Verdict::kOld);
  EXPECT_EQ(VerdictOf(one_.Disconnect("a", "bob")), Verdict::kOld);
  EXPECT_EQ(VerdictOf(one_.Gone()), Verdict::kOld);
  EXPECT_EQ(MembersOf("general"), 1U);
  EXPECT_EQ(MembersOf("other"), 0U);
}

TEST_F(RegistryTest, LateDisconnectOfAnOldConnectionKeepsTheNewOne) {
  static_cast<void>(Apply(one_.Connect("old", "bob")));
  static_cast<void>(Apply(one_.Join("old", "bob", "general")));
  static_cast<void>(Apply(two_.Connect("new", "bob")));
  static_cast<void>(Apply(two_.Join("new", "bob", "general")));
  static_cast<void>(Apply(one_.Disconnect("old", "bob")));
  EXPECT_THAT(Memberships(), IsEmpty());
  EXPECT_EQ(MembersOf("general"), 1U);
}

TEST_F(RegistryTest, HoleIsNoticedOnceAndMarksTheServer) {
  EXPECT_FALSE(Apply(one_.Connect("a", "bob")).hole);
  static_cast<void>(one_.Connect("lost", "eve"));
  const Applied join = Apply(one_.Join("a", "bob", "general"));
  EXPECT_EQ(join.verdict, Verdict::kApplied);
  EXPECT_TRUE(join.hole);
  EXPECT_TRUE(registry_.FindServer(ServerId("one"))->incomplete);
  EXPECT_FALSE(Apply(one_.Heartbeat()).hole);
  EXPECT_FALSE(Apply(one_.Leave("a", "bob", "general")).hole);
}

TEST_F(RegistryTest, HeartbeatTellsOfALostLastChange) {
  static_cast<void>(Apply(one_.Connect("a", "bob")));
  EXPECT_FALSE(Apply(one_.Heartbeat()).hole);
  static_cast<void>(one_.Connect("lost", "eve"));
  EXPECT_TRUE(Apply(one_.Heartbeat()).hole);
}

TEST_F(RegistryTest, JoinWhoseConnectIsMissingIsStillAMember) {
  static_cast<void>(one_.Connect("a", "bob"));
  EXPECT_TRUE(Apply(one_.Join("a", "bob", "general")).hole);
  EXPECT_EQ(MembersOf("general"), 1U);
  EXPECT_EQ(registry_.attendance().sessions(), 1U);
}

TEST_F(RegistryTest, LeaveAndDisconnectOfUnknownSessionsDoNothing) {
  EXPECT_EQ(VerdictOf(one_.Leave("a", "bob", "general")), Verdict::kApplied);
  EXPECT_EQ(VerdictOf(one_.Disconnect("a", "bob")), Verdict::kApplied);
  EXPECT_EQ(registry_.attendance().sessions(), 0U);
  EXPECT_EQ(registry_.attendance().users(), 0U);
}

TEST_F(RegistryTest, GoneServerComesBackOnlyWithANewEpoch) {
  static_cast<void>(Apply(one_.Connect("a", "bob")));
  static_cast<void>(Apply(one_.Join("a", "bob", "general")));
  static_cast<void>(Apply(one_.Gone()));
  EXPECT_THAT(Servers(), ElementsAre("-one"));
  EXPECT_THAT(Memberships(), ElementsAre("-bob@general"));
  EXPECT_EQ(VerdictOf(one_.Heartbeat()), Verdict::kOld);
  EXPECT_EQ(VerdictOf(one_.Connect("b", "eve")), Verdict::kOld);
  EXPECT_EQ(registry_.servers().size(), 0U);
  EventSource restarted("one", 2);
  EXPECT_EQ(VerdictOf(restarted.Heartbeat()), Verdict::kApplied);
  EXPECT_EQ(registry_.servers().size(), 1U);
}

TEST_F(RegistryTest, DroppedServerComesBackWithASignOfLifeAndIsKnownToBeIncomplete) {
  const ConnectionEvent connect = one_.Connect("a", "bob");
  static_cast<void>(Apply(connect));
  changes_.clear();
  registry_.Drop(ServerId("one"), changes_);
  EXPECT_THAT(Servers(), ElementsAre("-one"));
  EXPECT_EQ(registry_.attendance().users(), 0U);
  EXPECT_EQ(VerdictOf(connect), Verdict::kOld) << "a repeated event is no sign of life";
  EXPECT_TRUE(Apply(one_.Heartbeat()).hole);
  EXPECT_THAT(Servers(), ElementsAre("+one", "+one"));
  EXPECT_TRUE(registry_.FindServer(ServerId("one"))->incomplete);
}

TEST_F(RegistryTest, OnlyWhatWatchersNeedIsAServerChange) {
  static_cast<void>(Apply(one_.Heartbeat()));
  EXPECT_THAT(Servers(), testing::Not(IsEmpty()));
  static_cast<void>(Apply(one_.Heartbeat()));
  EXPECT_THAT(Servers(), IsEmpty());
  static_cast<void>(Apply(one_.Draining()));
  EXPECT_THAT(Servers(), ElementsAre("+one"));
  EXPECT_TRUE(registry_.FindServer(ServerId("one"))->draining);
  static_cast<void>(Apply(one_.Heartbeat()));
  EXPECT_TRUE(registry_.FindServer(ServerId("one"))->draining);
}

TEST_F(RegistryTest, EveryEventIsASignOfLife) {
  static_cast<void>(Apply(one_.Heartbeat(), 1));
  EXPECT_EQ(registry_.FindServer(ServerId("one"))->heard_at, At(1));
  static_cast<void>(Apply(one_.Connect("a", "bob"), 2));
  EXPECT_EQ(registry_.FindServer(ServerId("one"))->heard_at, At(2));
}

TEST(RegistryLimitsTest, WhatIsBeyondALimitIsRefusedAndMarksTheServer) {
  Registry registry(
      {.servers_max = 1, .sessions_max = 2, .channels_per_session_max = 1, .departed_max = 1});
  Changes changes;
  const auto verdict_of = [&](const ConnectionEvent& event) {
    return registry.Apply(event, At(0), changes).verdict;
  };
  EventSource one("one");
  EventSource two("two");
  EXPECT_EQ(verdict_of(one.Connect("a", "bob")), Verdict::kApplied);
  EXPECT_EQ(verdict_of(two.Heartbeat()), Verdict::kRefused);
  EXPECT_EQ(verdict_of(one.Join("a", "bob", "general")), Verdict::kApplied);
  EXPECT_FALSE(registry.FindServer(ServerId("one"))->truncated);
  EXPECT_EQ(verdict_of(one.Join("a", "bob", "other")), Verdict::kRefused);
  EXPECT_TRUE(registry.FindServer(ServerId("one"))->truncated);
  EXPECT_EQ(verdict_of(one.Connect("b", "eve")), Verdict::kApplied);
  EXPECT_EQ(verdict_of(one.Connect("c", "joe")), Verdict::kRefused);
  EXPECT_EQ(registry.attendance().sessions(), 2U);
}

TEST(RegistryLimitsTest, ChannelsOfAllSessionsTogetherAreLimited) {
  Registry registry({.joins_max = 2});
  Changes changes;
  EventSource one("one");
  const auto join = [&](const std::string& session, const std::string& channel) {
    return registry.Apply(one.Join(session, "bob", channel), At(0), changes).verdict;
  };
  EXPECT_EQ(join("a", "general"), Verdict::kApplied);
  EXPECT_EQ(join("b", "general"), Verdict::kApplied);
  EXPECT_EQ(join("b", "games"), Verdict::kRefused);
  EXPECT_TRUE(registry.FindServer(ServerId("one"))->truncated);
  static_cast<void>(registry.Apply(one.Leave("a", "bob", "general"), At(0), changes));
  EXPECT_EQ(join("b", "games"), Verdict::kApplied);
}

TEST(RegistryLimitsTest, OldestDepartedServerIsForgotten) {
  Registry registry({.departed_max = 2});
  Changes changes;
  for (const char* name : {"one", "two", "three"}) {
    static_cast<void>(registry.Apply(EventSource(name).Gone(), At(0), changes));
  }
  EXPECT_EQ(registry.Apply(EventSource("three").Heartbeat(), At(0), changes).verdict,
            Verdict::kOld);
  EXPECT_EQ(registry.Apply(EventSource("one").Heartbeat(), At(0), changes).verdict,
            Verdict::kApplied);
}

}  // namespace
}  // namespace parley::presence
