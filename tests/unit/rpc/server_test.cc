#include "services/common/rpc/server.h"

#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include "grpc/health/v1/health.pb.h"
#include "services/common/rpc/client_call.h"
#include "services/common/rpc/listen_address.h"
#include "tests/unit/rpc/test_call.h"

namespace parley::rpc {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr char kEcho[] = "/test.Test/Echo";
constexpr char kTest[] = "/test.Test/Test";

std::string WhyNotStarted(Server& server) {
  try {
    server.Start();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(ServerTest, StopsWithoutStart) {
  Server server({.name = "test", .loops = 3});
  server.Handle(kEcho, [](ServerCall& call) { return std::make_unique<EchoHandler>(call); });
  server.loops().front()->Run([] {});
  server.Stop(Duration::zero());
}

TEST(ServerTest, TakenPortIsRefusedWithReasonAndRemedy) {
  Server first({.name = "first"});
  first.Start();
  Server second({.address = first.address(), .name = "second"});
  const std::string why = WhyNotStarted(second);
  EXPECT_THAT(why, HasSubstr(first.address()));
  EXPECT_THAT(why, HasSubstr("in use"));
  EXPECT_THAT(why, HasSubstr("port 0"));
  second.Stop(Duration::zero());
}

TEST(ServerTest, SillyAddressIsRefused) {
  for (const char* address : {"", "nonsense", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", ":80",
                              "127.0.0.1:65536", "127.0.0.1:-1", "1:2:3:4", "[::1]"}) {
    Server server({.address = address, .name = "test"});
    EXPECT_THAT(WhyNotStarted(server), HasSubstr("HOST:PORT")) << address;
  }
  Server foreign({.address = "192.0.2.1:0", .name = "test"});
  EXPECT_THAT(WhyNotStarted(foreign), HasSubstr("192.0.2.1:0: "));
}

TEST(ServerTest, AddressNamesThePortThatZeroBecame) {
  Server server({.name = "test"});
  EXPECT_EQ(server.address(), "127.0.0.1:0");
  server.Start();
  EXPECT_NE(ParseListenAddress(server.address()).port, 0);
}

TEST(ServerTest, PortIsFreeAgainAfterStop) {
  Server first({.name = "first"});
  first.Start();
  first.Stop(Duration::zero());
  Server second({.address = first.address(), .name = "second"});
  EXPECT_EQ(WhyNotStarted(second), "");
}

class RunningServerTest : public testing::Test {
 protected:
  RunningServerTest()
      : registry_(std::make_shared<prometheus::Registry>()),
        server_({.name = "test", .loops = 2, .registry = registry_}) {
    server_.Handle(kEcho, [](ServerCall& call) { return std::make_unique<EchoHandler>(call); });
    server_.Handle(kTest, [this](ServerCall& call) { return service_.Accept(call); });
    server_.Start();
    channel_ = Connect(server_.address());
  }

  std::string Metrics() { return prometheus::TextSerializer().Serialize(registry_->Collect()); }

  std::shared_ptr<prometheus::Registry> registry_;
  TestService service_;
  Server server_;
  Loop loop_{"client"};
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(RunningServerTest, StopCancelsLiveCallsWhenTheGraceIsOver) {
  TestCall call(loop_, channel_, kTest);
  EXPECT_EQ(call.events.Next(), "started");
  EXPECT_EQ(service_.events.Next(), "arrived");
  server_.Stop(std::chrono::milliseconds(10));
  EXPECT_EQ(service_.NextAfterHalfClose(), "done");
  EXPECT_EQ(service_.events.Next(), "destroyed");
  EXPECT_THAT(call.events.Next(), testing::StartsWith("done "));
  server_.Stop(Duration::zero());
}

TEST_F(RunningServerTest, StopLetsCallsFinish) {
  TestCall call(loop_, channel_, kTest);
  EXPECT_EQ(call.events.Next(), "started");
  EXPECT_EQ(service_.events.Next(), "arrived");
  auto stopped = std::async(std::launch::async, [this] { server_.Stop(hours(1)); });
  call.Write("still here");
  EXPECT_EQ(service_.events.Next(), "message still here");
  service_.Do([](ServerCall& at) { at.Finish(grpc::Status::OK); });
  EXPECT_EQ(call.events.Next(), "done 0");
  EXPECT_EQ(stopped.wait_for(seconds(30)), std::future_status::ready);
}

TEST_F(RunningServerTest, StoppedServerRefusesCalls) {
  server_.Stop(Duration::zero());
  TestCall call(loop_, channel_, kEcho);
  EXPECT_THAT(call.events.Next(), testing::StartsWith("done 14 "));
}

TEST_F(RunningServerTest, ConnectionsAreSpreadOverTheLoops) {
  std::set<Loop*> used;
  for (int i = 0; i < 64 && used.size() < 2; ++i) {
    TestCall call(loop_, Connect(server_.address()), kTest);
    EXPECT_EQ(service_.events.Next(), "arrived");
    service_.Do([&](ServerCall& at) {
      used.insert(&at.loop());
      EXPECT_THAT(at.peer(), HasSubstr("127.0.0.1"));
      at.Finish(grpc::Status::OK);
    });
    EXPECT_EQ(service_.events.Next(), "done");
    EXPECT_EQ(service_.events.Next(), "destroyed");
  }
  EXPECT_EQ(used.size(), 2u);
}

TEST_F(RunningServerTest, ManyCallsAtOnceAllArrive) {
  std::vector<std::unique_ptr<TestCall>> calls;
  for (int i = 0; i < 500; ++i) {
    calls.push_back(std::make_unique<TestCall>(loop_, channel_, kEcho));
  }
  for (const auto& call : calls) EXPECT_EQ(call->events.Next(), "started");
  for (const auto& call : calls) call->HalfClose();
  for (const auto& call : calls) EXPECT_EQ(call->events.Next(), "done 0");
}

TEST_F(RunningServerTest, CountsCallsByMethodAndCode) {
  {
    TestCall echo(loop_, channel_, kEcho);
    EXPECT_EQ(echo.events.Next(), "started");
    echo.HalfClose();
    EXPECT_EQ(echo.events.Next(), "done 0");
    TestCall unknown(loop_, channel_, "/made.Up/ByAClient");
    EXPECT_EQ(unknown.events.Next(), "started");
    EXPECT_EQ(unknown.events.Next(), "done 12 this server has no such method");
    TestCall gone(loop_, channel_, kTest);
    EXPECT_EQ(service_.events.Next(), "arrived");
    gone.LetGo();
    EXPECT_EQ(service_.NextAfterHalfClose(), "done");
    EventQueue events;
    loop_.Run([&] {
      CallUnary(loop_, channel_, "/grpc.health.v1.Health/Check",
                Encode(grpc::health::v1::HealthCheckRequest()), seconds(30),
                [&](const grpc::Status& status, const Bytes&) { events.Add(ToText(status)); });
    });
    EXPECT_EQ(events.Next(), "0");
  }
  server_.Stop(Duration::zero());
  const std::string text = Metrics();
  const std::string total = "grpc_server_handled_total{grpc_code=";
  const std::string of_test = "grpc_method=\"Test\",grpc_service=\"test.Test\"";
  EXPECT_THAT(text, HasSubstr(total + "\"OK\",grpc_method=\"Echo\",grpc_service=\"test.Test\"} 1"));
  EXPECT_THAT(text, HasSubstr(total + "\"Canceled\"," + of_test + "} 1"));
  EXPECT_THAT(
      text,
      HasSubstr(total + "\"Unimplemented\",grpc_method=\"unknown\",grpc_service=\"unknown\""));
  EXPECT_THAT(text, HasSubstr("grpc_server_handling_seconds_count{grpc_method=\"Check\","
                              "grpc_service=\"grpc.health.v1.Health\"} 1"));
  EXPECT_THAT(text, testing::Not(HasSubstr("ByAClient")));
  EXPECT_THAT(text, testing::Not(HasSubstr("handling_seconds_count{grpc_method=\"Echo\"")));
}

}  // namespace
}  // namespace parley::rpc
