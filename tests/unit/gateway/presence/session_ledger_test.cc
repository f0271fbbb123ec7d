#include "services/gateway/presence/session_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace parley::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Type = ConnectionEvent::Type;

std::string TextOf(const SessionNews& news) {
  const std::string who = news.user.value() + "/" + news.session.value();
  switch (news.type) {
    case Type::kConnect:
      return "connect " + who;
    case Type::kJoin:
      return "join " + who + " " + news.channel.value();
    case Type::kLeave:
      return "leave " + who + " " + news.channel.value();
    default:
      return "disconnect " + who;
  }
}

class SessionLedgerTest : public testing::Test {
 protected:
  std::vector<std::string> TellAll() {
    std::vector<std::string> told;
    while (const auto news = ledger_.Next()) {
      told.push_back(TextOf(*news));
      ledger_.Told();
    }
    return told;
  }

  SessionLedger ledger_{3};
  const SessionId a_{"a"};
  const SessionId b_{"b"};
  const UserId bob_{"bob"};
  const ChannelName general_{"general"};
};

TEST_F(SessionLedgerTest, WhatWasToldIsWhatTheLogHas) {
  const SessionId a("a");
  const SessionId b("b");
  const SessionId c("c");
  const UserId bob("bob");
  for (const SessionId& session : {a, b, c}) ledger_.Connected(session, bob);
  ledger_.Joined(a, ChannelName("general"));
  static_cast<void>(TellAll());
  ledger_.Joined(a, ChannelName("games"));
  ledger_.Left(a, ChannelName("general"));
  ledger_.Disconnected(b);
  ledger_.Joined(c, ChannelName("games"));
  ledger_.Doubt(c, bob);
  ledger_.Connected(SessionId("d"), bob);
  std::map<std::string, std::vector<ChannelName>> told;
  for (const ToldSession& session : ledger_.WhatWasTold(SessionId(), 1'000).sessions) {
    told[session.id.value()] = session.channels;
  }
  const std::map<std::string, std::vector<ChannelName>> expected = {{"a", {ChannelName("general")}},
                                                                    {"c", {ChannelName("games")}}};
  EXPECT_EQ(told, expected) << "who has gone is not there, and of whom is doubted what is true";
}

TEST_F(SessionLedgerTest, PartsOfWhatWasToldAreBoundedAndHoldAll) {
  constexpr std::size_t kNamesMax = 7;
  for (int i = 0; i < 20; ++i) {
    const SessionId session(std::to_string(i));
    ledger_.Connected(session, UserId("bob"));
    for (int channel = 0; channel < i % 4; ++channel) {
      ledger_.Joined(session, ChannelName(std::to_string(channel)));
    }
  }
  static_cast<void>(TellAll());
  std::map<std::string, std::size_t> channels;
  std::optional<SessionId> after = SessionId();
  while (after) {
    ToldPart part = ledger_.WhatWasTold(*after, kNamesMax);
    EXPECT_LE(part.sessions.size(), 4U);
    for (const ToldSession& session : part.sessions) {
      EXPECT_TRUE(channels.emplace(session.id.value(), session.channels.size()).second);
    }
    after = std::move(part.next_after);
  }
  ASSERT_EQ(channels.size(), 20U);
  for (const auto& [session, count] : channels) EXPECT_EQ(count, std::stoul(session) % 4);
}

TEST_F(SessionLedgerTest, TellsWhatHappens) {
  ledger_.Connected(a_, bob_);
  ledger_.Joined(a_, general_);
  EXPECT_THAT(TellAll(), ElementsAre("connect bob/a", "join bob/a general"));
  ledger_.Left(a_, general_);
  EXPECT_THAT(TellAll(), ElementsAre("leave bob/a general"));
  ledger_.Disconnected(a_);
  EXPECT_THAT(TellAll(), ElementsAre("disconnect bob/a"));
  EXPECT_EQ(ledger_.sessions(), 0U);
}

TEST_F(SessionLedgerTest, NextStaysUntilItIsTold) {
  ledger_.Connected(a_, bob_);
  EXPECT_EQ(TextOf(*ledger_.Next()), "connect bob/a");
  EXPECT_EQ(TextOf(*ledger_.Next()), "connect bob/a");
}

TEST_F(SessionLedgerTest, WhatCameAndWentUntoldIsNotMentioned) {
  ledger_.Connected(a_, bob_);
  ledger_.Joined(a_, general_);
  ledger_.Disconnected(a_);
  EXPECT_THAT(TellAll(), IsEmpty());
  ledger_.Connected(b_, bob_);
  EXPECT_THAT(TellAll(), ElementsAre("connect bob/b"));
  ledger_.Joined(b_, general_);
  ledger_.Left(b_, general_);
  EXPECT_THAT(TellAll(), IsEmpty());
  EXPECT_EQ(ledger_.pending(), 0U);
}

TEST_F(SessionLedgerTest, SessionsAreToldInTheOrderInWhichTheyHadNews) {
  ledger_.Connected(b_, bob_);
  ledger_.Connected(a_, bob_);
  ledger_.Joined(b_, general_);
  EXPECT_THAT(TellAll(), ElementsAre("connect bob/b", "join bob/b general", "connect bob/a"));
}

TEST_F(SessionLedgerTest, DoubtedSessionIsTakenBackAndToldAnew) {
  ledger_.Connected(a_, bob_);
  ledger_.Joined(a_, general_);
  static_cast<void>(TellAll());
  ledger_.Doubt(a_, bob_);
  EXPECT_THAT(TellAll(), ElementsAre("disconnect bob/a", "connect bob/a", "join bob/a general"));
}

TEST_F(SessionLedgerTest, DoubtedSessionThatHasGoneIsDisconnectedOnceMore) {
  ledger_.Connected(a_, bob_);
  ledger_.Disconnected(a_);
  static_cast<void>(TellAll());
  ledger_.Doubt(a_, bob_);
  EXPECT_EQ(ledger_.sessions(), 0U);
  EXPECT_THAT(TellAll(), ElementsAre("disconnect bob/a"));
  EXPECT_EQ(ledger_.pending(), 0U);
}

TEST_F(SessionLedgerTest, SessionThatGoesWhileItIsDoubtedIsDisconnected) {
  ledger_.Connected(a_, bob_);
  static_cast<void>(TellAll());
  ledger_.Doubt(a_, bob_);
  ledger_.Disconnected(a_);
  EXPECT_THAT(TellAll(), ElementsAre("disconnect bob/a"));
}

TEST_F(SessionLedgerTest, OldestOfTooManyDepartedIsForgotten) {
  for (const char* name : {"d", "c", "b", "a"}) {
    ledger_.Connected(SessionId(name), bob_);
    static_cast<void>(TellAll());
  }
  for (const char* name : {"d", "c", "b", "a"}) ledger_.Disconnected(SessionId(name));
  EXPECT_EQ(ledger_.forgotten(), 1U);
  EXPECT_THAT(TellAll(), ElementsAre("disconnect bob/c", "disconnect bob/b", "disconnect bob/a"));
}

// Whatever happens, and whichever records fail, the log ends up with what is true.
TEST(SessionLedgerWalkTest, LogEndsUpWithWhatIsTrue) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    SessionLedger ledger(1'000);
    std::map<std::string, std::set<std::string>> truth;  // Channels of each session.
    std::map<std::string, std::set<std::string>> log;
    std::map<std::string, UserId> users;
    int last = 0;

    const auto tell = [&](bool may_fail) {
      const auto news = ledger.Next();
      if (!news) return false;
      ledger.Told();
      const std::string session = news->session.value();
      const int fate = may_fail ? static_cast<int>(random() % 4) : 3;
      if (fate > 0) {  // 0: not in the log; 1: in the log, but nobody knows.
        if (news->type == Type::kConnect) log[session].clear();
        if (news->type == Type::kJoin) log[session].insert(news->channel.value());
        if (news->type == Type::kLeave) log[session].erase(news->channel.value());
        if (news->type == Type::kDisconnect) log.erase(session);
      }
      if (fate < 2) ledger.Doubt(news->session, news->user);
      return true;
    };

    for (int step = 0; step < 300; ++step) {
      const std::string channel = "channel-" + std::to_string(random() % 3);
      const unsigned what = random() % 8;
      if (truth.empty() || what == 0) {
        const std::string session = "session-" + std::to_string(++last);
        ledger.Connected(SessionId(session), UserId("bob"));
        truth[session];
        continue;
      }
      const auto session = std::next(truth.begin(), static_cast<long>(random() % truth.size()));
      if (what == 1) {
        ledger.Disconnected(SessionId(session->first));
        truth.erase(session);
      } else if (what == 2) {
        ledger.Left(SessionId(session->first), ChannelName(channel));
        session->second.erase(channel);
      } else if (what < 5) {
        ledger.Joined(SessionId(session->first), ChannelName(channel));
        session->second.insert(channel);
      } else {
        tell(/*may_fail=*/true);
      }
      ASSERT_EQ(ledger.sessions(), truth.size());
    }
    while (tell(/*may_fail=*/false)) {
    }
    ASSERT_EQ(log, truth);
    ASSERT_EQ(ledger.forgotten(), 0U);
  }
}

}  // namespace
}  // namespace parley::gateway
