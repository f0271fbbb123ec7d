#include "services/gateway/link/router_link.h"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "services/common/rpc/bytes.h"
#include "tests/unit/gateway/feed/recorders.h"

namespace parley::gateway {
namespace {

using internal::v1::GatewayFrame;
using internal::v1::RouterFrame;
using std::chrono::milliseconds;

constexpr LogInfo kLog{1000, 8, 300'000};

// A call whose client reads only when the test says so.
class FakeCall final : public rpc::ServerCall {
 public:
  void Read() override { ++reads; }
  void Write(rpc::Bytes message) override {
    EXPECT_FALSE(writing_) << "two writes in flight";
    writing_ = true;
    EXPECT_TRUE(rpc::Decode(message, written.emplace_back()));
  }
  bool writing() const override { return writing_; }
  void SendHeaders() override {}
  void AddTrailer(const std::string&, const std::string&) override {}
  void Finish(const grpc::Status& status) override { finished = status; }
  void WriteAndFinish(rpc::Bytes) override { throw std::logic_error("a link is no unary call"); }
  void Cancel() override { ++cancels; }
  std::string peer() const override { return "fake"; }
  rpc::Loop& loop() override { throw std::logic_error("a link needs no loop"); }

  void FinishWrite(RouterLink& link) {
    writing_ = false;
    link.OnWritten();
  }

  std::vector<GatewayFrame> written;
  int reads = 0;
  int cancels = 0;
  std::optional<grpc::Status> finished;

 private:
  bool writing_ = false;
};

class FakeClock final : public Clock {
 public:
  TimePoint Now() const override { return now; }
  std::chrono::microseconds SinceUnixEpoch() const override { return {}; }
  TimePoint now{std::chrono::hours(1)};
};

class RouterLinkTest : public testing::Test {
 protected:
  RouterLinkTest() {
    config.queue_bytes_max = 1000;
    feed.SetLogInfo(kLog);
  }

  static RouterFrame Hello(const std::string& router, LogEpoch epoch = kLog.epoch) {
    RouterFrame frame;
    frame.mutable_hello()->set_router_id(router);
    frame.mutable_hello()->set_version(kLinkVersion);
    frame.mutable_hello()->set_log_epoch(epoch);
    frame.mutable_hello()->set_partitions(kLog.partitions);
    return frame;
  }
  static GatewayFrame AddOf(std::size_t bytes) {
    GatewayFrame frame;
    frame.mutable_add()->set_channel(std::string(bytes, 'c'));
    return frame;
  }

  LinkConfig config;
  FakeClock clock;
  Logger logger{"test", LogLevel::kError, Logger::Format::kText};
  RecordingSink sink;
  Feed feed{FeedConfig{}, sink};
  Backlog backlog;
  LinkContext context{feed, backlog, config, clock, logger, {}, {}, 0, 0, 0};
  FakeCall call;
};

TEST_F(RouterLinkTest, IsRefusedWhileTheLogIsUnknown) {
  Feed early(FeedConfig{}, sink);
  LinkContext early_context{early, backlog, config, clock, logger, {}, {}, 0, 0, 0};
  RouterLink link(call, early_context);
  ASSERT_TRUE(call.finished);
  EXPECT_EQ(call.finished->error_code(), grpc::StatusCode::UNAVAILABLE);
  link.OnDone();
}

TEST_F(RouterLinkTest, GreetsAndIsKnownToTheFeedFromItsHelloToItsEnd) {
  RouterLink link(call, context);
  ASSERT_EQ(call.written.size(), 1u);
  EXPECT_TRUE(call.written[0].has_hello());
  EXPECT_EQ(feed.links(), 0u);
  link.OnMessage(rpc::Encode(Hello("a")));
  EXPECT_EQ(feed.links(), 1u);
  EXPECT_EQ(call.reads, 2);
  link.OnDone();
  EXPECT_EQ(feed.links(), 0u);
  EXPECT_TRUE(context.links.empty());
}

TEST_F(RouterLinkTest, RouterOfAnotherLogIsToldWhy) {
  RouterLink link(call, context);
  link.OnMessage(rpc::Encode(Hello("a", kLog.epoch + 1)));
  ASSERT_TRUE(call.finished);
  EXPECT_EQ(call.finished->error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_NE(call.finished->error_message().find("epoch"), std::string::npos);
}

TEST_F(RouterLinkTest, WhatIsNoFrameOrNoHelloEndsTheLink) {
  RouterLink link(call, context);
  RouterFrame pulse;
  pulse.mutable_pulse();
  link.OnMessage(rpc::Encode(pulse));
  EXPECT_EQ(call.finished->error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  const grpc::Slice garbage("\xff\xff\xff");
  link.OnMessage(rpc::Bytes(&garbage, 1));
  EXPECT_EQ(call.finished->error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(RouterLinkTest, FramesWaitForTheWriteInFlightAndGoInOrder) {
  RouterLink link(call, context);
  link.Send(AddOf(1));
  link.Send(AddOf(2));
  EXPECT_EQ(call.written.size(), 1u);
  call.FinishWrite(link);
  call.FinishWrite(link);
  call.FinishWrite(link);
  ASSERT_EQ(call.written.size(), 3u);
  EXPECT_EQ(call.written[1].add().channel().size(), 1u);
  EXPECT_EQ(call.written[2].add().channel().size(), 2u);
  link.Send(AddOf(3));
  EXPECT_EQ(call.written.size(), 4u);
}

TEST_F(RouterLinkTest, RouterThatDoesNotReadIsCutOffAtTheLimit) {
  RouterLink link(call, context);
  for (int i = 0; i < 3; ++i) link.Send(AddOf(300));
  EXPECT_EQ(call.cancels, 0);
  link.Send(AddOf(300));
  EXPECT_EQ(call.cancels, 1);
  link.Send(AddOf(300));
  EXPECT_EQ(context.links_cut, 1u);
}

TEST_F(RouterLinkTest, ReplacedLinkIsToldIfItListensAndCutOffIfNot) {
  RouterLink link(call, context);
  link.Close(LinkEnd::kReplaced);
  EXPECT_EQ(call.cancels, 1);
  call.FinishWrite(link);
  link.Close(LinkEnd::kReplaced);
  EXPECT_EQ(call.finished->error_code(), grpc::StatusCode::ABORTED);
}

TEST_F(RouterLinkTest, SaysSomethingWhenIdleAndCutsOffWhoNeverSaidHello) {
  RouterLink link(call, context);
  call.FinishWrite(link);
  link.Pulse(clock.now + milliseconds(4999));
  EXPECT_TRUE(call.written.back().has_pulse());
  link.Pulse(clock.now + milliseconds(4999));
  EXPECT_EQ(call.written.size(), 2u) << "one is on its way";
  EXPECT_EQ(call.cancels, 0);
  link.Pulse(clock.now + milliseconds(5000));
  EXPECT_EQ(call.cancels, 1);
}

TEST_F(RouterLinkTest, IsNotReadWhileTheSessionLoopsOweTooMuch) {
  config.backlog_bytes_max = 1000;
  RouterLink link(call, context);
  backlog.Add(1001);
  link.OnMessage(rpc::Encode(Hello("a")));
  EXPECT_EQ(call.reads, 1);
  link.ReadOnIfHeld(clock.now);
  EXPECT_EQ(call.reads, 1);
  backlog.Remove(1);
  link.ReadOnIfHeld(clock.now);
  link.ReadOnIfHeld(clock.now);
  EXPECT_EQ(call.reads, 2);
  EXPECT_EQ(context.links_held, 1u);
  link.OnDone();
}

TEST_F(RouterLinkTest, IsNotTakenForSilentWhileItIsNotRead) {
  RecordingHub hub;
  RouterFrame claim;
  for (Partition partition = 0; partition < kLog.partitions; ++partition) {
    claim.mutable_claim()->add_partitions(partition);
  }
  RouterLink link(call, context);
  link.OnMessage(rpc::Encode(Hello("a")));
  backlog.Add(config.backlog_bytes_max + 1);
  link.OnMessage(rpc::Encode(claim));
  for (int i = 0; i < 100; ++i) {
    clock.now += config.feed.link_silence_max / 2;
    link.ReadOnIfHeld(clock.now);
    feed.Tick(clock.now);
  }
  feed.Attach(hub, ChannelName("general"), kLog.epoch, clock.now);
  EXPECT_EQ(sink.sent.size(), 1u) << "it is asked to serve";
  link.OnDone();
}

}  // namespace
}  // namespace parley::gateway
