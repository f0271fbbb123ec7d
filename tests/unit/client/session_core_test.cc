#include "client/session_core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "client/errors.h"
#include "client/frame_observer.h"

namespace parley::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

const ChannelName kGeneral("general");

class SessionCoreTest : public testing::Test {
 protected:
  static Options TwoServers() {
    Options options;
    options.servers = {"a", "b"};
    options.user = UserId("alice");
    return options;
  }

  // What the core wants to send now: "hello @", "join general 5" …
  std::vector<std::string> Sent() {
    SessionCore::Effects effects = core_.TakeEffects();
    leaves_ = effects.leaves_stream;
    for (Event& event : effects.events) events_.push_back(std::move(event));
    std::vector<std::string> sent;
    for (const v1::ClientFrame& frame : effects.frames) {
      refs_.push_back(frame.ref());
      if (frame.has_hello()) sent.push_back("hello " + frame.hello().personal_after());
      if (frame.has_join()) {
        sent.push_back("join " + frame.join().channel() + " " + frame.join().after());
      }
      if (frame.has_publish()) {
        sent.push_back("publish " + frame.publish().id() + (frame.publish().retry() ? "!" : ""));
      }
      if (frame.has_ping()) sent.emplace_back("ping");
      if (frame.has_leave()) sent.push_back("leave " + frame.leave().channel());
    }
    return sent;
  }
  std::uint64_t LastRef() const { return refs_.back(); }

  void Tell(const v1::Event& event) {
    v1::ServerFrame frame;
    *frame.add_events() = event;
    core_.OnFrame(frame, now_);
  }
  void Welcome(std::uint32_t publishes_max = 10) {
    v1::Event event;
    event.mutable_welcome()->set_server_id("gateway");
    event.mutable_welcome()->set_publishes_in_flight_max(publishes_max);
    Tell(event);
  }
  void Joined(const std::string& channel, const std::string& position, std::uint64_t ref,
              v1::Recovery recovery = v1::RECOVERY_NOT_ASKED) {
    v1::Event event;
    event.set_ref(ref);
    event.mutable_joined()->set_channel(channel);
    event.mutable_joined()->set_position(position);
    event.mutable_joined()->set_recovery(recovery);
    Tell(event);
  }
  void Message(const std::string& position, const std::string& previous) {
    v1::Event event;
    event.mutable_message()->set_channel("general");
    event.mutable_message()->set_position(position);
    event.mutable_message()->set_previous(previous);
    Tell(event);
  }

  void Begin() {
    (void)core_.NextAttempt();
    core_.OnStreamBegin(now_);
  }
  void Connect(std::uint32_t publishes_max = 10) {
    Begin();
    core_.OnConnected(now_);
    (void)Sent();
    Welcome(publishes_max);
  }
  void Lose(const std::vector<std::uint64_t>& unsent = {}) {
    core_.OnStreamEnd({.was_connected = true, .unsent = unsent}, now_);
  }
  void EnterGeneral() {
    Connect();
    joined_ = core_.Join(kGeneral, {}, now_);
    (void)Sent();
    Joined("general", "3", LastRef());
  }
  std::future<PublishResult> Publish(const std::string& id) {
    return core_.Publish({.channel = kGeneral, .content = "x", .id = MessageId(id)}, now_);
  }
  template <class Kind>
  std::vector<Kind> Events() const {
    std::vector<Kind> found;
    for (const Event& event : events_) {
      if (const auto* kind = std::get_if<Kind>(&event)) found.push_back(*kind);
    }
    return found;
  }

  TimePoint now_ = TimePoint(seconds(100));
  Options options_ = TwoServers();
  SessionCore core_{options_, PositionToken("p"), 1, now_};
  std::future<std::optional<Error>> opened_ = core_.Opened();
  std::future<Result<JoinedChannel>> joined_;
  std::vector<Event> events_;
  std::vector<std::uint64_t> refs_;
  bool leaves_ = false;
};

TEST_F(SessionCoreTest, OnlyHelloGoesBeforeTheWelcome) {
  Begin();
  core_.OnConnected(now_);
  auto joined = core_.Join(kGeneral, PositionToken("2"), now_);
  auto ack = Publish("one");
  EXPECT_THAT(Sent(), ElementsAre("hello p"));
  Welcome();
  EXPECT_THAT(Sent(), ElementsAre("join general 2", "publish one"));
  EXPECT_EQ(opened_.get(), std::nullopt);
}

TEST_F(SessionCoreTest, ANewStreamResumesFromWhatWasGivenAndNotFromWhatWasAsked) {
  EnterGeneral();
  Joined("@alice", "4", 0);
  Message("5", "3");
  Lose();
  Begin();
  core_.OnConnected(now_);
  EXPECT_THAT(Sent(), ElementsAre("hello 4"));
  Welcome();
  EXPECT_THAT(Sent(), ElementsAre("join general 5"));
}

TEST_F(SessionCoreTest, ItIsBackOnceEveryChannelIs) {
  EnterGeneral();
  Joined("@alice", "4", 0);
  Lose();
  now_ += milliseconds(700);
  Connect();
  (void)Sent();
  const std::uint64_t ref = LastRef();
  Joined("@alice", "4", 0, v1::RECOVERY_COMPLETE);
  (void)Sent();
  EXPECT_TRUE(Events<Reconnected>().empty());
  Joined("general", "3", ref, v1::RECOVERY_COMPLETE);
  (void)Sent();
  ASSERT_EQ(Events<Reconnected>().size(), 1U);
  EXPECT_EQ(Events<Reconnected>()[0].after, milliseconds(700));
  EXPECT_EQ(core_.counters().channels_resumed, 2U);
}

TEST_F(SessionCoreTest, AGapThatIsStillThereAfterAResumeIsToldAndPassedOver) {
  EnterGeneral();
  Message("6", "5");
  EXPECT_THAT(Sent(), ElementsAre());
  EXPECT_TRUE(leaves_);
  EXPECT_TRUE(Events<client::Message>().empty());
  Message("7", "6");  // What else the stream brings counts for nothing.
  Lose();
  Connect();
  EXPECT_THAT(Sent(), ElementsAre("join general 3"));
  Joined("general", "3", LastRef(), v1::RECOVERY_COMPLETE);
  Message("6", "5");
  (void)Sent();
  EXPECT_FALSE(leaves_);
  ASSERT_EQ(Events<Gap>().size(), 1U);
  EXPECT_EQ(Events<Gap>()[0].after, PositionToken("3"));
  EXPECT_EQ(Events<client::Message>().size(), 1U);
  EXPECT_EQ(core_.counters().gaps, 1U);
  EXPECT_EQ(core_.counters().gaps_told, 1U);
}

TEST_F(SessionCoreTest, ADrainingServerIsLeftBetweenTheTimesThatItNames) {
  for (std::uint64_t seed = 1; seed < 100; ++seed) {
    SessionCore core(options_, {}, seed, now_);
    (void)core.NextAttempt();
    core.OnStreamBegin(now_);
    core.OnConnected(now_);
    v1::ServerFrame frame;
    frame.add_events()->mutable_welcome();
    v1::Drain& drain = *frame.add_events()->mutable_drain();
    drain.set_reconnect_after_min_ms(300);
    drain.set_reconnect_after_max_ms(900);
    core.OnFrame(frame, now_);
    const TimePoint leaves_at = core.NextDue(now_);
    EXPECT_GE(leaves_at, now_ + milliseconds(300));
    EXPECT_LE(leaves_at, now_ + milliseconds(900));
    core.OnTime(leaves_at);
    EXPECT_TRUE(core.TakeEffects().leaves_stream);
    core.OnStreamEnd({.was_connected = true}, leaves_at);
    EXPECT_EQ(core.NextAttempt().wait, Duration::zero());
  }
}

TEST_F(SessionCoreTest, WhatStillComesFromAServerThatIsLeftIsNeitherTakenNorShown) {
  struct Observer final : FrameObserver {
    void OnStreamBegin(const std::string&) override {}
    void OnFrame(const v1::ServerFrame&) override { ++frames; }
    void OnStreamEnd(const Error&) override {}
    int frames = 0;
  } observer;
  options_.observer = &observer;
  SessionCore core(options_, {}, 1, now_);
  (void)core.NextAttempt();
  core.OnStreamBegin(now_);
  core.OnConnected(now_);
  v1::ServerFrame frame;
  frame.add_events()->mutable_welcome();
  frame.add_events()->mutable_drain();  // At once.
  core.OnFrame(frame, now_);
  core.OnTime(now_);
  ASSERT_TRUE(core.TakeEffects().leaves_stream);
  v1::ServerFrame late;
  late.add_events()->mutable_error()->set_code(v1::ERROR_FULL);
  core.OnFrame(late, now_);
  core.OnStreamEnd({.was_connected = true}, now_);
  EXPECT_EQ(core.NextAttempt().wait, Duration::zero()) << "as a drain says, not that error";
  EXPECT_EQ(observer.frames, 1) << "the next server brings again what came late";
}

TEST_F(SessionCoreTest, AConnectionThatDoesNotComeAboutIsGivenUp) {
  Begin();
  (void)Sent();
  EXPECT_EQ(core_.NextDue(now_), now_ + options_.attempt_deadline);
  now_ += options_.attempt_deadline;
  core_.OnTime(now_);
  (void)Sent();
  EXPECT_TRUE(leaves_);
}

TEST_F(SessionCoreTest, WhoBeginsIsToldWhyNoServerWillTakeIt) {
  Begin();
  core_.OnStreamEnd({}, now_);
  EXPECT_FALSE(core_.ended());
  Begin();
  const CallFailure full{.error = ErrorOf(v1::ERROR_FULL, "full"), .is_verdict = true};
  core_.OnStreamEnd({.failure = full, .was_connected = true}, now_);
  ASSERT_TRUE(core_.ended());
  EXPECT_EQ(opened_.get()->code, "ERROR_FULL") << "which says more than that the other is away";
}

TEST_F(SessionCoreTest, TheNextServerMayTakeFewerPublishesAtATime) {
  Connect(10);
  std::vector<std::future<PublishResult>> acks;
  for (const char* id : {"1", "2", "3"}) acks.push_back(Publish(id));
  EXPECT_EQ(Sent().size(), 3U);
  Lose({refs_[refs_.size() - 1]});
  Connect(2);
  EXPECT_THAT(Sent(), ElementsAre("publish 1!", "publish 2!"));
  v1::Event event;
  event.set_ref(refs_[refs_.size() - 2]);
  event.mutable_ack();
  Tell(event);
  EXPECT_THAT(Sent(), ElementsAre("publish 3"));
}

TEST_F(SessionCoreTest, ASilentServerIsAskedThenLeft) {
  Connect();
  (void)Sent();
  now_ += options_.silence_max;
  core_.OnTime(now_);
  EXPECT_THAT(Sent(), ElementsAre("ping"));
  now_ += options_.silence_max;
  core_.OnTime(now_);
  (void)Sent();
  EXPECT_TRUE(leaves_);
}

TEST_F(SessionCoreTest, AJoinThatIsGivenUpIsTakenBack) {
  Connect();
  auto joined = core_.Join(kGeneral, {}, now_);
  (void)Sent();
  const std::uint64_t ref = LastRef();
  now_ += options_.request_deadline;
  core_.OnTime(now_);
  EXPECT_THAT(Sent(), testing::Contains("leave general"));
  EXPECT_EQ(joined.get().error.code, "DEADLINE_EXCEEDED");
  Joined("general", "3", ref);
  Message("4", "3");
  (void)Sent();
  EXPECT_TRUE(Events<client::Message>().empty());
  EXPECT_EQ(core_.counters().late_answers, 1U);
}

TEST_F(SessionCoreTest, WhateverWasAskedIsAnsweredAtTheEnd) {
  Connect();
  auto joined = core_.Join(kGeneral, {}, now_);
  auto ack = Publish("one");
  auto personal = core_.personal();
  core_.Close();
  Lose();
  EXPECT_EQ(core_.ended()->code, kClosed);
  EXPECT_EQ(joined.get().error.code, kClosed);
  EXPECT_EQ(ack.get().outcome, Outcome::kUnknown);
  EXPECT_EQ(personal.get().error.code, kClosed);
  EXPECT_EQ(Publish("two").get().outcome, Outcome::kNotStored);
  EXPECT_EQ(core_.Leave(kGeneral, now_).get()->code, kClosed);
}

}  // namespace
}  // namespace parley::client
