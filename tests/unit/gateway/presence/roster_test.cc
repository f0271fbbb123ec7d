#include "services/gateway/presence/roster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prometheus/registry.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "parley/internal/v1/registry.pb.h"
#include "services/common/rpc/server.h"

namespace parley::gateway {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

constexpr auto kPatience = seconds(20);  // Only ever waited for in full by a test that fails.

// Values that one thread puts and another waits for.
template <class Value>
class Mailbox {
 public:
  void Put(Value value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    came_.notify_all();
  }
  std::optional<Value> Take() {
    std::unique_lock lock(mutex_);
    if (!came_.wait_for(lock, kPatience, [this] { return !values_.empty(); })) return std::nullopt;
    Value value = std::move(values_.front());
    values_.pop_front();
    return value;
  }
  bool empty() {
    const std::lock_guard lock(mutex_);
    return values_.empty();
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Value> values_;
};

// A presence replica that says what the test tells it to.
class FakePresence {
 public:
  explicit FakePresence(const std::string& address = "127.0.0.1:0") : server_(OptionsFor(address)) {
    server_.Handle("/parley.internal.v1.Presence/Watch", [this](rpc::ServerCall& call) {
      return std::make_unique<WatchCall>(call, *this);
    });
    server_.HandleUnary<internal::v1::ChannelRequest, internal::v1::ChannelReply>(
        "/parley.internal.v1.Presence/Channel",
        [this](const internal::v1::ChannelRequest& request, internal::v1::ChannelReply& reply) {
          if (!answers_) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "not ready");
          auto& member = *reply.add_members();
          member.set_user("member of " + request.channel());
          member.set_sessions(request.limit());
          reply.set_total(7);
          return grpc::Status::OK;
        });
    server_.HandleUnary<internal::v1::ListRequest, internal::v1::ListReply>(
        "/parley.internal.v1.Presence/ListChannels",
        [](const internal::v1::ListRequest& request, internal::v1::ListReply& reply) {
          auto& listed = *reply.add_channels();
          listed.set_channel(request.prefix() + "...");
          listed.set_members(request.limit());
          reply.set_more(true);
          return grpc::Status::OK;
        });
    server_.Start();
  }
  ~FakePresence() { server_.Stop(Duration::zero()); }

  const std::string& address() const { return server_.address(); }
  void Answer(bool answers) {
    server_.loops().front()->Run([&] { answers_ = answers; });
  }

  // "+general -other", as watches ask for channels.
  Mailbox<std::string>& requests() { return requests_; }

  void Say(const std::string& channel, bool snapshot, std::vector<std::string> joined,
           std::vector<std::string> left, std::uint32_t members) {
    internal::v1::RosterUpdate update;
    auto& change = *update.add_changes();
    change.set_channel(channel);
    change.set_snapshot(snapshot);
    for (const auto& user : joined) change.add_joined(user);
    for (const auto& user : left) change.add_left(user);
    change.set_members(members);
    server_.loops().front()->Run([&] { watch_->Say(rpc::Encode(update)); });
  }
  void EndWatch() {
    server_.loops().front()->Run([&] { watch_->End(); });
  }

 private:
  class WatchCall final : public rpc::CallHandler {
   public:
    WatchCall(rpc::ServerCall& call, FakePresence& presence) : call_(call), presence_(presence) {
      presence_.watch_ = this;
      call_.Read();
    }
    void Say(rpc::Bytes update) {
      unsaid_.push_back(std::move(update));
      Pump();
    }
    void End() { call_.Finish({grpc::StatusCode::UNAVAILABLE, "made up"}); }

    void OnWritten() override { Pump(); }
    void OnMessage(rpc::Bytes message) override {
      internal::v1::WatchChannels request;
      ASSERT_TRUE(rpc::Decode(message, request));
      std::string text;
      for (const auto& channel : request.add()) text += (text.empty() ? "+" : " +") + channel;
      for (const auto& channel : request.remove()) text += (text.empty() ? "-" : " -") + channel;
      presence_.requests_.Put(text);
      call_.Read();
    }

   private:
    // The client may have heard an update before the server knows that it is written.
    void Pump() {
      if (call_.writing() || unsaid_.empty()) return;
      call_.Write(std::move(unsaid_.front()));
      unsaid_.pop_front();
    }

    rpc::ServerCall& call_;
    FakePresence& presence_;
    std::deque<rpc::Bytes> unsaid_;
  };

  static rpc::ServerOptions OptionsFor(const std::string& address) {
    rpc::ServerOptions options;
    options.address = address;
    options.name = "fake";
    return options;
  }

  Mailbox<std::string> requests_;
  bool answers_ = true;         // On the server's loop, as is the next.
  WatchCall* watch_ = nullptr;  // The newest.
  rpc::Server server_;
};

// Keeps what it hears as "general +bob -eve =1".
class Ear final : public RosterListener {
 public:
  void OnRoster(const RosterChange& change) override {
    std::string text = change.channel.value();
    for (const auto& user : change.joined) text += " +" + user.value();
    for (const auto& user : change.left) text += " -" + user.value();
    heard_.Put(text + " =" + std::to_string(change.members));
  }
  std::string Heard() { return heard_.Take().value_or("nothing"); }

 private:
  Mailbox<std::string> heard_;
};

class RosterTest : public testing::Test {
 protected:
  std::unique_ptr<Roster> MakeRoster(std::vector<std::string> addresses) {
    RosterConfig config;
    config.presence_addresses = std::move(addresses);
    config.retry_first = std::chrono::milliseconds(10);
    config.retry_longest = std::chrono::milliseconds(50);
    return std::make_unique<Roster>(config, loop_, clock_, logger_, *metrics_);
  }

  std::optional<RosterReply> MembersOf(Roster& roster, const std::string& channel) {
    std::promise<std::optional<RosterReply>> promise;
    roster.Members(ChannelName(channel), 3,
                   [&](std::optional<RosterReply> reply) { promise.set_value(reply); });
    auto answer = promise.get_future();
    if (answer.wait_for(kPatience) != std::future_status::ready) std::abort();
    return answer.get();
  }

  SystemClock clock_;
  Logger logger_{"test", LogLevel::kError, Logger::Format::kText};
  std::shared_ptr<prometheus::Registry> metrics_ = std::make_shared<prometheus::Registry>();
  rpc::Loop loop_{"roster"};
  const ChannelName general_{"general"};
  Ear ear_;
};

TEST_F(RosterTest, ListenersHearOfTheChannelsThatTheyWatch) {
  FakePresence presence;
  const auto roster = MakeRoster({presence.address()});
  roster->Watch(ear_, general_);
  EXPECT_EQ(presence.requests().Take(), "+general");
  presence.Say("general", true, {"bob"}, {}, 1);
  EXPECT_EQ(ear_.Heard(), "general +bob =1");
  presence.Say("general", false, {"eve"}, {"bob"}, 1);
  EXPECT_EQ(ear_.Heard(), "general +eve -bob =1");
  roster->Unwatch(ear_, general_);
  EXPECT_EQ(presence.requests().Take(), "-general");
}

TEST_F(RosterTest, AfterABrokenStreamEverythingIsAskedAgainAndOnlyRealChangesAreTold) {
  FakePresence presence;
  const auto roster = MakeRoster({presence.address()});
  roster->Watch(ear_, general_);
  roster->Watch(ear_, ChannelName("other"));
  EXPECT_TRUE(presence.requests().Take());
  presence.Say("general", true, {"bob", "eve"}, {}, 2);
  EXPECT_EQ(ear_.Heard(), "general +bob +eve =2");
  presence.EndWatch();
  while (presence.requests().Take() != "+general +other") {
  }
  presence.Say("general", true, {"ann", "bob"}, {}, 2);
  EXPECT_EQ(ear_.Heard(), "general +ann -eve =2");
}

TEST_F(RosterTest, AnotherReplicaTakesOver) {
  auto first = std::make_unique<FakePresence>();
  FakePresence second;
  const auto roster = MakeRoster({first->address(), second.address()});
  roster->Watch(ear_, general_);
  EXPECT_EQ(first->requests().Take(), "+general");
  first->Say("general", true, {"bob"}, {}, 1);
  EXPECT_EQ(ear_.Heard(), "general +bob =1");
  first.reset();
  EXPECT_EQ(second.requests().Take(), "+general");
  second.Say("general", true, {}, {}, 0);
  EXPECT_EQ(ear_.Heard(), "general -bob =0");
}

TEST_F(RosterTest, GoesOnWhenPresenceComesBack) {
  auto presence = std::make_unique<FakePresence>();
  const std::string address = presence->address();
  const auto roster = MakeRoster({address});
  roster->Watch(ear_, general_);
  EXPECT_EQ(presence->requests().Take(), "+general");
  presence.reset();
  EXPECT_FALSE(MembersOf(*roster, "general"));
  FakePresence again(address);
  EXPECT_EQ(again.requests().Take(), "+general");
}

TEST_F(RosterTest, QuestionsAreAnswered) {
  FakePresence presence;
  const auto roster = MakeRoster({presence.address()});
  const auto members = MembersOf(*roster, "general");
  ASSERT_TRUE(members);
  EXPECT_EQ(members->total, 7U);
  ASSERT_EQ(members->members.size(), 1U);
  EXPECT_EQ(members->members[0].user, UserId("member of general"));
  EXPECT_EQ(members->members[0].sessions, 3U);

  std::promise<std::optional<ChannelListReply>> promise;
  roster->List("gen", 5,
               [&](std::optional<ChannelListReply> reply) { promise.set_value(std::move(reply)); });
  const auto list = promise.get_future().get();
  ASSERT_TRUE(list);
  EXPECT_TRUE(list->more);
  ASSERT_EQ(list->channels.size(), 1U);
  EXPECT_EQ(list->channels[0].channel, ChannelName("gen..."));
  EXPECT_EQ(list->channels[0].members, 5U);
}

TEST_F(RosterTest, QuestionsGoToTheNextReplicaThatAnswers) {
  FakePresence first;
  FakePresence second;
  first.Answer(false);
  const auto roster = MakeRoster({first.address(), "127.0.0.1:1", second.address()});
  EXPECT_TRUE(MembersOf(*roster, "general"));
  second.Answer(false);
  EXPECT_FALSE(MembersOf(*roster, "general"));
}

TEST_F(RosterTest, WithoutPresenceQuestionsAreAnsweredWithNothing) {
  const auto roster = MakeRoster({});
  roster->Watch(ear_, general_);
  EXPECT_FALSE(MembersOf(*roster, "general"));
}

}  // namespace
}  // namespace parley::gateway
