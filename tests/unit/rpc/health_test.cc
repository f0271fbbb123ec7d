// gRPC's health protocol as the server answers it.
#include <memory>
#include <string>

#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include "grpc/health/v1/health.pb.h"
#include "services/common/rpc/client_call.h"
#include "services/common/rpc/server.h"
#include "tests/unit/rpc/event_queue.h"
#include "tests/unit/rpc/test_call.h"

namespace parley::rpc {
namespace {

namespace v1 = grpc::health::v1;

Bytes Request(const std::string& service) {
  v1::HealthCheckRequest request;
  request.set_service(service);
  return Encode(request);
}

std::string State(const Bytes& bytes) {
  v1::HealthCheckResponse response;
  EXPECT_TRUE(Decode(bytes, response));
  return v1::HealthCheckResponse::ServingStatus_Name(response.status());
}

// Watches one service.
class Watch final : private CallListener {
 public:
  Watch(Loop& loop, const std::shared_ptr<grpc::Channel>& channel, std::string service)
      : loop_(loop), service_(std::move(service)) {
    CallListener& listener = *this;
    loop_.Run([&] { call_.emplace(loop_, channel, "/grpc.health.v1.Health/Watch", listener); });
  }
  ~Watch() override {
    loop_.Run([this] { call_.reset(); });
  }

  EventQueue events;

 private:
  // As clients of a method without request stream do.
  void OnStarted() override {
    call_->Write(Request(service_));
    call_->HalfClose();
  }
  void OnMessage(Bytes message) override { events.Add(State(message)); }
  void OnDone(const grpc::Status& status) override { events.Add("done " + ToText(status)); }

  Loop& loop_;
  const std::string service_;
  std::optional<ClientCall> call_;
};

class HealthTest : public testing::Test {
 protected:
  HealthTest() : server_({.name = "test", .loops = 2}) {
    server_.Handle("/test.Test/Echo",
                   [](ServerCall& call) { return std::make_unique<EchoHandler>(call); });
    server_.Start();
    channel_ = Connect(server_.address());
  }

  std::string Check(const std::string& service) {
    EventQueue events;
    loop_.Run([&] {
      CallUnary(loop_, channel_, "/grpc.health.v1.Health/Check", Request(service),
                std::chrono::seconds(30), [&](const grpc::Status& status, const Bytes& reply) {
                  events.Add(status.ok() ? State(reply) : std::to_string(status.error_code()));
                });
    });
    return events.Next();
  }

  Server server_;
  Loop loop_{"client"};
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(HealthTest, ChecksServerAndServices) {
  EXPECT_EQ(Check(""), "SERVING");
  EXPECT_EQ(Check("test.Test"), "SERVING");
  EXPECT_EQ(Check("test.None"), "5");
  server_.SetServing(false);
  EXPECT_EQ(Check(""), "NOT_SERVING");
  EXPECT_EQ(Check("test.Test"), "NOT_SERVING");
}

TEST_F(HealthTest, WatchersAreToldOfChangesOnly) {
  Watch watch(loop_, channel_, "test.Test");
  EXPECT_EQ(watch.events.Next(), "SERVING");
  server_.SetServing(true);
  server_.SetServing(false);
  EXPECT_EQ(watch.events.Next(), "NOT_SERVING");
  server_.SetServing(true);
  EXPECT_EQ(watch.events.Next(), "SERVING");
  Watch unknown(loop_, channel_, "test.None");
  EXPECT_EQ(unknown.events.Next(), "SERVICE_UNKNOWN");
}

TEST_F(HealthTest, WatchersDoNotHoldUpStop) {
  Watch watch(loop_, channel_, "");
  EXPECT_EQ(watch.events.Next(), "SERVING");
  server_.Stop(std::chrono::hours(1));
  EXPECT_EQ(watch.events.Next(), "done 14 the server stops");
}

TEST_F(HealthTest, BadRequestIsRefused) {
  TestCall call(loop_, channel_, "/grpc.health.v1.Health/Watch");
  EXPECT_EQ(call.events.Next(), "started");
  call.Write("\xff\xff");
  EXPECT_EQ(call.events.Next(), "done 3 the request cannot be parsed");
}

}  // namespace
}  // namespace parley::rpc
