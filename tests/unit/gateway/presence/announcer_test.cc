#include "services/gateway/presence/announcer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prometheus/registry.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "services/common/position.h"
#include "services/common/rpc/loop.h"
#include "services/presence/registry/registry.h"
#include "tests/unit/gateway/presence/fakes.h"

namespace parley::gateway {
namespace {

using kafka::StoreOutcome;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Type = ConnectionEvent::Type;

class AnnouncerTest : public testing::Test {
 protected:
  AnnouncerTest() {
    config_.server = ServerId("gateway-1");
    config_.epoch = 1'700'000'000'000;
    config_.link_address = "10.0.0.1:50052";
    config_.grpc_address = "10.0.0.1:50051";
    config_.in_flight_max = 5;
    announcer_ = std::make_unique<Announcer>(config_, log_, clock_, logger_, *metrics_);
  }

  // Lets the announcer tell all that it has.
  void Settle() {
    for (int i = 0; i < 100; ++i) {
      announcer_->Tick();
      if (log_.in_flight() == 0) return;
      log_.StoreAll();
    }
    FAIL() << "it goes on talking";
  }
  std::vector<Type> Types() const {
    std::vector<Type> types;
    for (const auto& event : log_.Events()) types.push_back(event.type);
    return types;
  }
  // What presence makes of the log.
  std::unique_ptr<presence::Registry> Registry() const {
    auto registry = std::make_unique<presence::Registry>();
    presence::Changes changes;
    for (const auto& event : log_.Events())
      static_cast<void>(registry->Apply(event, TimePoint(), changes));
    return registry;
  }

  AnnouncerConfig config_;
  FakeEventLog log_;
  StoppedClock clock_;
  Logger logger_{"test", LogLevel::kError, Logger::Format::kText};
  std::shared_ptr<prometheus::Registry> metrics_ = std::make_shared<prometheus::Registry>();
  std::unique_ptr<Announcer> announcer_;
  const SessionId session_{"session-1"};
  const UserId bob_{"bob"};
  const ChannelName general_{"general"};
};

TEST_F(AnnouncerTest, RecordsGoToOnePartitionUnderTheServersName) {
  announcer_->Connected(session_, bob_);
  announcer_->Tick();
  log_.StoreAll();
  ASSERT_THAT(log_.records(), SizeIs(2));
  for (const auto& record : log_.records()) {
    EXPECT_EQ(record.topic, "user-connections");
    EXPECT_EQ(record.key, "gateway-1");
    EXPECT_EQ(record.partition, PartitionOf(ChannelName("gateway-1"), 8));
  }
}

TEST_F(AnnouncerTest, ChangesAreNumberedAndHeartbeatsRepeatTheLastNumber) {
  announcer_->Tick();
  announcer_->Connected(session_, bob_);
  announcer_->Joined(session_, bob_, general_);
  announcer_->Tick();
  log_.StoreAll();
  clock_.Advance(std::chrono::seconds(2));
  announcer_->Left(session_, bob_, general_);
  announcer_->Tick();
  announcer_->Disconnected(session_, bob_);
  announcer_->Tick();
  log_.StoreAll();
  const auto events = log_.Events();
  EXPECT_THAT(Types(), ElementsAre(Type::kHeartbeat, Type::kConnect, Type::kJoin, Type::kHeartbeat,
                                   Type::kLeave, Type::kDisconnect));
  std::vector<std::uint64_t> revisions;
  for (const auto& event : events) revisions.push_back(event.revision);
  EXPECT_THAT(revisions, ElementsAre(0, 1, 2, 2, 3, 4));
  EXPECT_EQ(events[3].sessions, 1U);
  EXPECT_EQ(events[3].link_address, "10.0.0.1:50052");
  EXPECT_EQ(events[3].grpc_address, "10.0.0.1:50051");
  EXPECT_EQ(events[3].epoch, 1'700'000'000'000);
  EXPECT_EQ(events[2].channel, general_);
}

TEST_F(AnnouncerTest, WhoComesAndGoesBetweenTwoTicksIsNotMentioned) {
  announcer_->Connected(session_, bob_);
  announcer_->Joined(session_, bob_, general_);
  announcer_->Left(session_, bob_, general_);
  EXPECT_THAT(log_.records(), IsEmpty());
  EXPECT_EQ(log_.in_flight(), 0U) << "it is told from the timer";
  announcer_->Connected(SessionId("session-2"), bob_);
  announcer_->Disconnected(SessionId("session-2"), bob_);
  Settle();
  EXPECT_THAT(Types(), ElementsAre(Type::kHeartbeat, Type::kConnect));
}

TEST_F(AnnouncerTest, HeartbeatsComeAtTheirInterval) {
  for (int i = 0; i < 100; ++i) {
    announcer_->Tick();
    log_.StoreAll();
    clock_.Advance(milliseconds(100));
  }
  EXPECT_THAT(log_.records(), SizeIs(5));
}

TEST_F(AnnouncerTest, OneHeartbeatAtATimeWhileKafkaDoesNotAnswer) {
  for (int i = 0; i < 10; ++i) {
    announcer_->Tick();
    clock_.Advance(std::chrono::seconds(2));
  }
  EXPECT_EQ(log_.in_flight(), 1U);
  log_.Report(StoreOutcome::kNotStored);
  announcer_->Tick();
  EXPECT_EQ(log_.in_flight(), 1U);
}

TEST_F(AnnouncerTest, WhatAFullQueueRefusesIsToldLaterAndWithoutAHole) {
  announcer_->Tick();
  log_.StoreAll();
  log_.Refuse(true);
  announcer_->Connected(session_, bob_);
  announcer_->Joined(session_, bob_, general_);
  announcer_->Tick();
  log_.Refuse(false);
  Settle();
  EXPECT_THAT(Types(), ElementsAre(Type::kHeartbeat, Type::kConnect, Type::kJoin));
  EXPECT_FALSE(Registry()->FindServer(ServerId("gateway-1"))->incomplete);
}

TEST_F(AnnouncerTest, WhatIsInFlightIsBounded) {
  for (int i = 0; i < 100; ++i) announcer_->Connected(SessionId(std::to_string(i)), bob_);
  announcer_->Tick();
  EXPECT_EQ(log_.in_flight(), 5U);
  Settle();
  EXPECT_EQ(Registry()->attendance().sessions(), 100U);
}

TEST_F(AnnouncerTest, FailedRecordsLeaveNoGhostsAndNobodyOut) {
  for (const StoreOutcome outcome : {StoreOutcome::kNotStored, StoreOutcome::kUnknown}) {
    for (const bool in_log : {true, false}) {
      const std::string name = std::to_string(static_cast<int>(outcome)) + std::to_string(in_log);
      const SessionId stays("stays-" + name);
      const SessionId goes("goes-" + name);
      announcer_->Connected(stays, bob_);
      announcer_->Connected(goes, bob_);
      announcer_->Tick();
      log_.Report(outcome, in_log);
      Settle();
      announcer_->Joined(stays, bob_, general_);
      announcer_->Disconnected(goes, bob_);
      announcer_->Tick();
      log_.Report(outcome, in_log);
      Settle();
    }
  }
  const auto registry = Registry();
  EXPECT_EQ(registry->attendance().sessions(), 4U);
  EXPECT_EQ(registry->attendance().MembersOf("general").at(bob_), 4U);
}

TEST_F(AnnouncerTest, DrainingIsSaidAtOnceAndAgain) {
  announcer_->Tick();
  announcer_->Drain();
  announcer_->Drain();
  log_.StoreAll();
  clock_.Advance(std::chrono::seconds(2));
  announcer_->Tick();
  log_.StoreAll();
  EXPECT_THAT(Types(), ElementsAre(Type::kHeartbeat, Type::kDraining, Type::kDraining));
}

TEST_F(AnnouncerTest, GoneIsTheLastWord) {
  announcer_->Connected(session_, bob_);
  announcer_->SayGone();
  announcer_->SayGone();
  announcer_->Connected(SessionId("session-2"), bob_);
  announcer_->Drain();
  clock_.Advance(std::chrono::seconds(10));
  announcer_->Tick();
  log_.StoreAll();
  EXPECT_THAT(Types(), ElementsAre(Type::kConnect, Type::kGone));
}

TEST_F(AnnouncerTest, ReportsMayComeAfterItsEnd) {
  announcer_->Connected(session_, bob_);
  announcer_->Tick();
  announcer_.reset();
  log_.Report(StoreOutcome::kNotStored);
  EXPECT_THAT(log_.records(), IsEmpty());
}

TEST_F(AnnouncerTest, RunsOnALoopUntilItsEnd) {
  config_.tell_interval = milliseconds(1);
  announcer_ = std::make_unique<Announcer>(config_, log_, clock_, logger_, *metrics_);
  rpc::Loop loop("test");
  announcer_->RunOn(loop);
  loop.Run([] {});
  announcer_.reset();
  loop.Run([] {});
  EXPECT_EQ(log_.in_flight(), 1U) << "the first heartbeat, at once";
}

TEST_F(AnnouncerTest, SnapshotShowsWhatTheRecordsUpToItsRevisionSay) {
  const auto snapshots = announcer_->Snapshots();
  announcer_->Connected(session_, bob_);
  announcer_->Joined(session_, bob_, general_);
  announcer_->Tick();
  log_.Refuse(true);
  announcer_->Connected(SessionId("session-2"), bob_);
  announcer_->Left(session_, bob_, general_);
  announcer_->Joined(session_, bob_, ChannelName("games"));
  announcer_->Tick();
  const auto snapshot = snapshots(SessionId());
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->server.value(), "gateway-1");
  EXPECT_EQ(snapshot->epoch, 1'700'000'000'000);
  EXPECT_EQ(snapshot->revision, 2U);
  ASSERT_THAT(snapshot->told.sessions, SizeIs(1));
  EXPECT_EQ(snapshot->told.sessions[0].id, session_);
  EXPECT_EQ(snapshot->told.sessions[0].user, bob_);
  EXPECT_THAT(snapshot->told.sessions[0].channels, ElementsAre(general_));
  EXPECT_FALSE(snapshot->told.next_after);
}

TEST_F(AnnouncerTest, SnapshotsEndWithTheLastWord) {
  const auto snapshots = announcer_->Snapshots();
  announcer_->SayGone();
  EXPECT_FALSE(snapshots(SessionId()));
  announcer_.reset();
  EXPECT_FALSE(snapshots(SessionId()));
}

// A log that many threads append to at once and that reports on a thread of its own.
class BusyEventLog final : public EventLog {
 public:
  kafka::Accepted Append(kafka::OutgoingRecord record, kafka::Producer::Done) override {
    const auto event = ParseConnectionEvent(record.value);
    const std::lock_guard lock(mutex_);
    if (event && event->type == Type::kConnect) revisions_.push_back(event->revision);
    return kafka::Accepted::kYes;
  }
  std::vector<std::uint64_t> revisions() {
    const std::lock_guard lock(mutex_);
    return revisions_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::uint64_t> revisions_;
};

TEST_F(AnnouncerTest, NumbersOfManyThreadsStandInTheirOrderInTheLog) {
  BusyEventLog log;
  config_.in_flight_max = 100'000;
  Announcer announcer(config_, log, clock_, logger_, *metrics_);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 1'000; ++i) {
        announcer.Connected(SessionId(std::to_string(thread) + "/" + std::to_string(i)), bob_);
      }
    });
  }
  for (int i = 0; i < 100; ++i) announcer.Tick();
  for (std::thread& thread : threads) thread.join();
  announcer.Tick();
  const auto revisions = log.revisions();
  ASSERT_THAT(revisions, SizeIs(4'000));
  for (std::size_t i = 0; i < revisions.size(); ++i) ASSERT_EQ(revisions[i], i + 1);
}

}  // namespace
}  // namespace parley::gateway
