// A session that loses its server, by all the ways there are, and goes on with another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "client/frame_observer.h"
#include "services/common/personal_channel.h"
#include "tests/unit/client/session_helpers.h"

namespace parley::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

constexpr const char* kNobody = "127.0.0.1:1";

class SessionReconnectTest : public testing::Test {
 protected:
  SessionReconnectTest() {
    for (const char* name : {"gateway-1", "gateway-2", "gateway-3"}) {
      servers_.push_back(std::make_unique<FakeServer>(name, log_));
      options_.servers.push_back(servers_.back()->address());
    }
  }

  std::unique_ptr<Session> Connect() { return std::move(*Client(options_).Connect()); }

  FakeServer& Named(const ServerId& name) {
    const auto at = name.value().back() - '1';
    return *servers_[static_cast<std::size_t>(at)];
  }
  FakeServer& ServerOf(const Session& session) { return Named(session.info().server); }
  template <class Do>
  void WithOthers(const FakeServer& but, Do what) {
    for (const auto& server : servers_) {
      if (server.get() != &but) what(*server);
    }
  }

  static Options NoServers() {
    Options options;
    options.servers.clear();
    options.user = UserId("alice");
    options.reconnect_wait_first = milliseconds(20);
    return options;
  }

  std::shared_ptr<FakeLog> log_ = std::make_shared<FakeLog>();
  std::vector<std::unique_ptr<FakeServer>> servers_;
  Options options_ = NoServers();
};

TEST_F(SessionReconnectTest, WhenItsServerIsKilledItGoesOnWithAnotherAndMissesNothing) {
  const auto session = Connect();
  ASSERT_TRUE(session->Join(kGeneral));
  FakeServer& first = ServerOf(*session);
  const ServerId name = session->info().server;
  first.Say("general", "bob", "one");
  first.Stop();
  WithOthers(first, [](FakeServer& other) { other.Say("general", "bob", "meanwhile"); });
  EXPECT_EQ(NextContent(*session), "one");
  EXPECT_EQ(NextContent(*session), "meanwhile");
  EXPECT_EQ(NextContent(*session), "meanwhile");
  EXPECT_NE(session->info().server, name);
  ServerOf(*session).Say("general", "bob", "live");
  EXPECT_EQ(NextContent(*session), "live");
  const SessionCounters counters = session->counters();
  EXPECT_EQ(counters.streams_lost, 1U);
  EXPECT_EQ(counters.duplicates_dropped + counters.gaps + counters.not_recovered, 0U);
}

TEST_F(SessionReconnectTest, TheUserIsToldOfTheLossAndOfTheReturn) {
  const auto session = Connect();
  ASSERT_TRUE(session->Join(kGeneral));
  const ServerId name = session->info().server;
  Named(name).Stop();
  const auto lost = NextOf<Reconnecting>(*session);
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->lost, name);
  EXPECT_EQ(lost->attempt, 1U);
  EXPECT_LE(lost->wait, options_.reconnect_wait_first);
  const auto back = NextOf<Reconnected>(*session);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->lost, name);
  EXPECT_EQ(back->server, session->info().server);
  EXPECT_GE(back->after, lost->wait);
  EXPECT_TRUE(Named(back->server).WaitForMembers("general", 1)) << "before all was resumed";
}

TEST_F(SessionReconnectTest, WhatHadNoAckIsSentAgainInOrderAndShownOnce) {
  const auto session = Connect();
  ASSERT_TRUE(session->Join(kGeneral));
  FakeServer& first = ServerOf(*session);
  first.AnswerWith(FakeServer::Answer::kHold);  // Stored, and the acks are lost.
  std::vector<std::future<PublishResult>> acks;
  for (const char* content : {"one", "two", "three"}) acks.push_back(Say(*session, content));
  ASSERT_TRUE(first.WaitForPublishes(3));
  first.Stop();
  for (auto& ack : acks) {
    const PublishResult result = ack.get();
    EXPECT_EQ(result.outcome, Outcome::kStored);
    EXPECT_EQ(result.attempts, 2U);
  }
  std::vector<std::string> repeated;
  for (const v1::PublishRequest& publish : ServerOf(*session).Publishes()) {
    EXPECT_TRUE(publish.retry());
    repeated.push_back(publish.content());
  }
  EXPECT_THAT(repeated, ElementsAre("one", "two", "three"));
  EXPECT_EQ(first.Log("general").size(), 3U);
  for (const char* content : {"one", "two", "three"}) EXPECT_EQ(NextContent(*session), content);
  EXPECT_EQ(session->counters().publishes_resent, 3U);
}

TEST_F(SessionReconnectTest, APublishThatNeverLeftIsNotStored) {
  options_.servers = {servers_[0]->address()};
  options_.publish_deadline = milliseconds(100);
  const auto session = Connect();
  servers_[0]->Stop();
  ASSERT_TRUE(NextOf<Reconnecting>(*session));
  const PublishResult result = Say(*session, "hello").get();
  EXPECT_EQ(result.outcome, Outcome::kNotStored);
  EXPECT_EQ(result.attempts, 0U);
}

TEST_F(SessionReconnectTest, APublishWithoutAnAckIsUnknownAtItsDeadline) {
  options_.servers = {servers_[0]->address()};
  options_.publish_deadline = milliseconds(300);
  const auto session = Connect();
  servers_[0]->AnswerWith(FakeServer::Answer::kHold);
  auto ack = Say(*session, "hello");
  ASSERT_TRUE(servers_[0]->WaitForPublishes(1));
  servers_[0]->Stop();
  EXPECT_EQ(ack.get().outcome, Outcome::kUnknown);
}

TEST_F(SessionReconnectTest, APublishThatAServerCannotTakeNowIsRepeated) {
  const auto session = Connect();
  FakeServer& server = ServerOf(*session);
  const struct {
    v1::ErrorCode code;
    bool retry;
  } cases[] = {
      {v1::ERROR_BUSY, false}, {v1::ERROR_UNAVAILABLE, false}, {v1::ERROR_OUTCOME_UNKNOWN, true}};
  for (const auto& each : cases) {
    server.RefusePublishes(1, each.code);
    const PublishResult result = Say(*session, "hello").get();
    EXPECT_EQ(result.outcome, Outcome::kStored);
    EXPECT_EQ(result.attempts, 2U);
    EXPECT_EQ(server.Publishes().back().retry(), each.retry) << v1::ErrorCode_Name(each.code);
  }
}

TEST_F(SessionReconnectTest, AServerThatDrainsIsLeftWhenItSays) {
  const auto session = Connect();
  ASSERT_TRUE(session->Join(kGeneral));
  FakeServer& first = ServerOf(*session);
  v1::Event drain;
  drain.mutable_drain()->set_reconnect_after_min_ms(1);
  drain.mutable_drain()->set_reconnect_after_max_ms(20);
  first.TellAll(drain);
  const auto lost = NextOf<Reconnecting>(*session);
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->why.code, "ERROR_DRAINING");
  EXPECT_EQ(lost->wait, Duration::zero()) << "the server has spread its clients already";
  ASSERT_TRUE(NextOf<Reconnected>(*session));
  EXPECT_NE(&ServerOf(*session), &first);
  EXPECT_TRUE(first.WaitForSessions(0));
  first.Say("general", "bob", "through the one that drains");
  EXPECT_EQ(NextContent(*session), "through the one that drains");
}

TEST_F(SessionReconnectTest, AServerThatFallsSilentIsLeft) {
  options_.silence_max = milliseconds(100);
  const auto session = Connect();
  ASSERT_TRUE(session->Join(kGeneral));
  FakeServer& first = ServerOf(*session);
  first.Freeze();
  WithOthers(first, [](FakeServer& other) { other.Say("general", "bob", "meanwhile"); });
  EXPECT_EQ(NextOf<Reconnecting>(*session)->why.code, kSilent);
  EXPECT_EQ(NextContent(*session), "meanwhile");
}

TEST_F(SessionReconnectTest, AServerThatHasNothingToSayIsAskedAndKept) {
  options_.silence_max = milliseconds(20);
  const auto session = Connect();
  FakeServer& server = ServerOf(*session);
  while (server.pings() < 5 && session->counters().streams_lost == 0) {
    (void)session->Next(milliseconds(5));
  }
  EXPECT_EQ(session->counters().streams_lost, 0U);
}

TEST_F(SessionReconnectTest, AReaderThatTakesNothingIsNotTakenForASilentServer) {
  options_.silence_max = milliseconds(20);
  options_.publish_deadline = 5 * options_.silence_max;
  options_.events_max = 2;
  const auto session = Connect();
  ASSERT_TRUE(session->Join(kGeneral));
  FakeServer& server = ServerOf(*session);
  for (int i = 0; i < 50; ++i) server.Say("general", "bob", std::to_string(i));
  const std::size_t asked = server.pings();
  // Its ack lies behind what nobody reads, so that this takes until the deadline.
  EXPECT_EQ(session->Publish({.channel = kGeneral, .content = "x"}).get().outcome,
            Outcome::kUnknown);
  EXPECT_LE(server.pings(), asked + 1);
  for (int i = 0; i < 50; ++i) ASSERT_EQ(NextContent(*session), std::to_string(i));
  EXPECT_EQ(session->counters().streams_lost, 0U);
}

TEST_F(SessionReconnectTest, ServersThatCannotBeReachedArePassedOver) {
  options_.servers = {kNobody, servers_[0]->address(), kNobody};
  options_.servers.push_back(servers_[1]->address());
  const auto session = Connect();
  ASSERT_TRUE(session->Join(kGeneral));
  ServerOf(*session).Stop();
  ASSERT_TRUE(NextOf<Reconnected>(*session));
}

TEST_F(SessionReconnectTest, AResumeThatIsNotCompleteIsADiscontinuity) {
  const auto session = Connect();
  ASSERT_TRUE(session->Join(kGeneral));
  FakeServer& first = ServerOf(*session);
  WithOthers(first, [](FakeServer& other) {
    other.RecoverWith(v1::RECOVERY_TOO_FAR);
    other.Say("general", "bob", "lost", /*lose=*/true);
  });
  first.Stop();
  auto told = NextOf<Discontinuity>(*session);
  if (told && told->channel != kGeneral)
    told = NextOf<Discontinuity>(*session);  // The personal one.
  ASSERT_TRUE(told);
  EXPECT_EQ(told->channel, kGeneral);
  EXPECT_EQ(told->reason, LossReason::kNotRecovered);
  EXPECT_EQ(told->recovery, Recovery::kTooFar);
  ASSERT_TRUE(NextOf<Reconnected>(*session));
  ServerOf(*session).Say("general", "bob", "live");
  EXPECT_EQ(NextContent(*session), "live");
  EXPECT_EQ(session->counters().gaps, 0U);
}

TEST_F(SessionReconnectTest, AJoinThatAServerCannotTakeNowIsRepeated) {
  const auto session = Connect();
  ServerOf(*session).RefuseJoins(2, v1::ERROR_JOIN_TIMEOUT);
  EXPECT_TRUE(session->Join(kGeneral));
}

TEST_F(SessionReconnectTest, AJoinThatIsUnderWayIsAskedOfTheNextServer) {
  const auto session = Connect();
  FakeServer& first = ServerOf(*session);
  first.IgnoreJoins();
  auto joined = std::async(std::launch::async, [&] { return session->Join(kGeneral); });
  first.Stop();
  EXPECT_TRUE(joined.get());
}

TEST_F(SessionReconnectTest, AChannelThatTheNextServerRefusesIsLostAndSaidToBe) {
  const auto session = Connect();
  ASSERT_TRUE(session->Join(kGeneral));
  FakeServer& first = ServerOf(*session);
  WithOthers(first, [](FakeServer& other) { other.RefuseJoins(1, v1::ERROR_TOO_MANY_CHANNELS); });
  first.Stop();
  const auto lost = NextOf<ChannelLost>(*session);
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->channel, kGeneral);
  ASSERT_TRUE(NextOf<Reconnected>(*session));
  EXPECT_TRUE(session->LastPosition(kGeneral).empty());
  EXPECT_TRUE(session->Join(kGeneral));
}

TEST_F(SessionReconnectTest, AChannelThatWasLeftIsNotJoinedAgain) {
  const auto session = Connect();
  ASSERT_TRUE(session->Join(kGeneral));
  ASSERT_TRUE(session->Join(ChannelName("other")));
  ASSERT_FALSE(session->Leave(ChannelName("other")));
  ServerOf(*session).Stop();
  ASSERT_TRUE(NextOf<Reconnected>(*session));
  EXPECT_TRUE(ServerOf(*session).WaitForMembers("general", 1));
  EXPECT_TRUE(ServerOf(*session).WaitForMembers("other", 0));
}

TEST_F(SessionReconnectTest, DirectMessagesAreResumedToo) {
  const auto session = Connect();
  ASSERT_TRUE(session->WaitForPersonalChannel());
  FakeServer& first = ServerOf(*session);
  first.Say("@alice", "bob", "one");
  EXPECT_EQ(NextContent(*session), "one");
  first.Stop();
  WithOthers(first, [&](FakeServer& other) { other.Say("@alice", "bob", "two"); });
  EXPECT_EQ(NextContent(*session), "two");
}

TEST_F(SessionReconnectTest, ARefusedHelloEndsASessionThatOnceWorked) {
  const auto session = Connect();
  FakeServer& first = ServerOf(*session);
  WithOthers(first, [](FakeServer& other) { other.RefuseHellos(v1::ERROR_INVALID_USER); });
  first.Stop();
  const auto closed = NextOf<Closed>(*session);
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->error.code, "ERROR_INVALID_USER");
}

TEST_F(SessionReconnectTest, ASessionWithoutAServerCloses) {
  const auto session = Connect();
  auto ack = [&] {
    for (const auto& server : servers_) server->Stop();
    EXPECT_TRUE(NextOf<Reconnecting>(*session));
    return Say(*session, "hello");
  }();
  session->Close();
  EXPECT_EQ(ack.get().outcome, Outcome::kNotStored);
  EXPECT_EQ(NextOf<Closed>(*session)->error.code, kClosed);
}

class Recorder final : public FrameObserver {
 public:
  void OnStreamBegin(const std::string& server) override { streams.push_back(server); }
  void OnFrame(const v1::ServerFrame& frame) override {
    for (const v1::Event& event : frame.events()) {
      if (event.has_message()) messages.push_back(event.message().content());
    }
  }
  void OnStreamEnd(const Error& why) override { ends.push_back(why.code); }

  std::vector<std::string> streams;
  std::vector<std::string> messages;
  std::vector<std::string> ends;
};

TEST_F(SessionReconnectTest, AnObserverSeesEveryStreamAndWhatTheSessionDrops) {
  Recorder recorder;
  options_.observer = &recorder;
  auto session = Connect();
  ASSERT_TRUE(session->Join(kGeneral));
  FakeServer& first = ServerOf(*session);
  first.Say("general", "bob", "one");
  first.Repeat("general");
  v1::Event drain;
  drain.mutable_drain();
  first.TellAll(drain);
  ASSERT_TRUE(NextOf<Reconnected>(*session));
  const std::string second = ServerOf(*session).address();
  session.reset();
  EXPECT_THAT(recorder.streams, ElementsAre(first.address(), second));
  EXPECT_THAT(recorder.messages, ElementsAre("one", "one"));
  ASSERT_EQ(recorder.ends.size(), 2U);
  EXPECT_EQ(recorder.ends[0], "ERROR_DRAINING");
}

}  // namespace
}  // namespace parley::client
