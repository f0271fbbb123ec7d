#include "services/gateway/link/link_service.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "services/common/rpc/client_call.h"
#include "services/gateway/hub/delivered_message.h"
#include "tests/unit/rpc/event_queue.h"

namespace parley::gateway {
namespace {

using internal::v1::GatewayFrame;
using internal::v1::RouterFrame;
using rpc::EventQueue;

constexpr LogInfo kLog{1000, 1, 300'000};

// A router's end of the link, driven by the test.
class TestRouter final : private rpc::CallListener {
 public:
  TestRouter(rpc::Loop& loop, const std::string& address) : loop_(loop) {
    loop_.Run([&] {
      rpc::CallListener& listener = *this;
      call_.emplace(loop_, rpc::Connect(address), "/parley.internal.v1.GatewayLink/Attach",
                    listener);
    });
  }
  ~TestRouter() override {
    loop_.Run([this] { call_.reset(); });
  }

  void Say(const RouterFrame& frame) {
    loop_.Run([&] { call_->Write(rpc::Encode(frame)); });
    written_.Next();
  }
  void SayHello() {
    RouterFrame frame;
    frame.mutable_hello()->set_router_id("router");
    frame.mutable_hello()->set_version(kLinkVersion);
    frame.mutable_hello()->set_log_epoch(kLog.epoch);
    frame.mutable_hello()->set_partitions(kLog.partitions);
    Say(frame);
  }

  EventQueue events;

 private:
  void OnStarted() override { events.Add("started"); }
  void OnMessage(rpc::Bytes message) override {
    GatewayFrame frame;
    if (!rpc::Decode(message, frame)) return events.Add("garbage");
    if (!frame.has_pulse()) events.Add(frame.ShortDebugString());
  }
  void OnWritten() override { written_.Add("written"); }
  void OnDone(const grpc::Status& status) override {
    events.Add("done " + std::to_string(status.error_code()));
  }

  rpc::Loop& loop_;
  std::optional<rpc::ClientCall> call_;
  EventQueue written_;
};

class TestHub final : public HubInbox {
 public:
  void OnLog(const LogInfo& log) override { events.Add("log " + std::to_string(log.epoch)); }
  void OnAttached(const ChannelName& channel, Offset at) override {
    events.Add("attached " + channel.value() + " at " + std::to_string(at));
  }
  void OnAttachFailed(const ChannelName& channel) override {
    events.Add("failed " + channel.value());
  }
  void OnMessages(Partition, Offset,
                  std::shared_ptr<const std::vector<MessagePtr>> messages) override {
    for (const MessagePtr& message : *messages) events.Add(message->message().content);
  }
  void OnLoss(const ChannelName&, Offset) override { events.Add("loss"); }
  void OnPage(std::uint64_t request, Page page) override {
    events.Add("page " + std::to_string(request) + " of " + std::to_string(page.messages.size()));
  }

  EventQueue events;
};

class LinkServiceTest : public testing::Test {
 protected:
  LinkServiceTest() { server.Start(); }
  ~LinkServiceTest() override { server.Stop(Duration::zero()); }

  SystemClock clock;
  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  TestHub hub;
  rpc::Server server{rpc::ServerOptions{}};
  LinkService service{
      server,   LinkConfig{}, ServerId("gateway"),
      77,       clock,        Logger("test", LogLevel::kError, Logger::Format::kText),
      *registry};
  rpc::Loop routers{"routers"};
};

TEST_F(LinkServiceTest, RefusesRoutersUntilTheLogIsKnown) {
  TestRouter router(routers, server.address());
  EXPECT_EQ(router.events.Next(), "started");
  EXPECT_EQ(router.events.Next(), "done 14");
}

TEST_F(LinkServiceTest, CarriesAMessageFromARouterToAHub) {
  service.SetLogInfo(kLog);
  TestRouter router(routers, server.address());
  EXPECT_EQ(router.events.Next(), "started");
  EXPECT_EQ(router.events.Next(),
            "hello { server_id: \"gateway\" epoch: 77 version: 1 log_epoch: 1000 partitions: 1 }");
  router.SayHello();
  RouterFrame claim;
  claim.mutable_claim()->add_partitions(0);
  router.Say(claim);

  service.port().Attach(hub, ChannelName("general"), kLog.epoch);
  EXPECT_EQ(router.events.Next(), "serve { serve: 1 channels: \"general\" }");
  RouterFrame deliver;
  deliver.mutable_deliver()->set_serve(1);
  deliver.mutable_deliver()->set_from(4);
  deliver.mutable_deliver()->set_through(5);
  internal::v1::LinkRecord& record = *deliver.mutable_deliver()->add_records();
  record.set_offset(5);
  record.set_channel("general");
  record.set_content("hello");
  router.Say(deliver);
  EXPECT_EQ(hub.events.Next(), "attached general at 4");
  EXPECT_EQ(hub.events.Next(), "hello");

  service.port().ReadPage(
      hub, 9,
      {ChannelName("general"), PageRequest::Direction::kForward, 4, 10, 1000, 0, kLog.epoch});
  EXPECT_EQ(hub.events.Next(), "page 9 of 1");
  service.port().Detach(hub, ChannelName("general"), kLog.epoch);
  EXPECT_EQ(router.events.Next(), "stop { serve: 1 }");
}

TEST_F(LinkServiceTest, SecondLinkOfARouterEndsTheFirst) {
  service.SetLogInfo(kLog);
  TestRouter first(routers, server.address());
  EXPECT_EQ(first.events.Next(), "started");
  first.events.Next();
  first.SayHello();
  TestRouter second(routers, server.address());
  EXPECT_EQ(second.events.Next(), "started");
  second.events.Next();
  second.SayHello();
  // Aborted, or cancelled when a write was just in flight.
  EXPECT_THAT(first.events.Next(), testing::AnyOf("done 10", "done 1"));
}

TEST_F(LinkServiceTest, ANewLogEndsTheLinksOfTheOldOneAndIsToldToWhoComesThen) {
  service.port().Register(hub);
  service.SetLogInfo(kLog);
  TestRouter first(routers, server.address());
  EXPECT_EQ(first.events.Next(), "started");
  first.events.Next();
  first.SayHello();
  RouterFrame claim;
  claim.mutable_claim()->add_partitions(0);
  first.Say(claim);
  service.port().Attach(hub, ChannelName("general"), kLog.epoch);
  EXPECT_EQ(first.events.Next(), "serve { serve: 1 channels: \"general\" }");
  service.SetLogInfo({2000, 3, 300'000});
  // Aborted, or cancelled when a write was just in flight.
  EXPECT_THAT(first.events.Next(), testing::AnyOf("done 10", "done 1"));
  EXPECT_EQ(hub.events.Next(), "log 1000");
  EXPECT_EQ(hub.events.Next(), "log 2000");
  TestRouter second(routers, server.address());
  EXPECT_EQ(second.events.Next(), "started");
  EXPECT_EQ(second.events.Next(),
            "hello { server_id: \"gateway\" epoch: 77 version: 1 log_epoch: 2000 partitions: 3 }");
}

TEST_F(LinkServiceTest, ExportsItsMetrics) {
  const std::string text = prometheus::TextSerializer().Serialize(registry->Collect());
  for (const std::string name : {"parley_gateway_links 0", "parley_gateway_attached_channels 0",
                                 "parley_gateway_gaps_seen_total{cause=\"hole\"} 0",
                                 "parley_gateway_duplicates_dropped_total 0"}) {
    EXPECT_NE(text.find(name), std::string::npos) << name << " is not in\n" << text;
  }
}

}  // namespace
}  // namespace parley::gateway
