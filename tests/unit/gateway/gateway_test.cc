#include "services/gateway/gateway.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include "services/common/kafka/embedded_broker.h"
#include "tests/conformance/cases.h"
#include "tests/unit/gateway/wire_client.h"

namespace parley::gateway {
namespace {

using edge::v1::ClientFrame;
using edge::v1::Event;
using std::chrono::milliseconds;

// A gateway over the wire, with a broker but no router: what needs one is answered at its deadline.
class GatewayTest : public testing::Test {
 protected:
  static GatewayConfig Config(const std::string& brokers) {
    GatewayConfig config;
    config.id = "gateway-1";
    config.listen = config.link_listen = config.admin_listen = "127.0.0.1:0";
    config.kafka.brokers = brokers;
    config.kafka.embedded = true;
    config.drain = {milliseconds(0), milliseconds(0), milliseconds(0), milliseconds(2000)};
    config.link.feed.attach_deadline = milliseconds(200);
    config.link.feed.read_deadline = milliseconds(200);
    return config;
  }

  void Start(GatewayConfig config) {
    gateway = std::make_unique<Gateway>(config, clock, logger);
    channel = grpc::CreateChannel(gateway->endpoints().grpc, grpc::InsecureChannelCredentials());
  }
  void Start() {
    Start(Config(broker.address()));
    while (!gateway->NotReady().empty()) std::this_thread::yield();
  }

  static ClientFrame Hello(const std::string& user) {
    ClientFrame frame;
    frame.mutable_hello()->set_user(user);
    return frame;
  }
  static ClientFrame Ping(std::uint64_t ref) {
    ClientFrame frame;
    frame.set_ref(ref);
    frame.mutable_ping();
    return frame;
  }

  const SystemClock clock;
  const Logger logger{"test", LogLevel::kError, Logger::Format::kText};
  kafka::EmbeddedBroker broker{{}};
  std::unique_ptr<Gateway> gateway;
  std::shared_ptr<grpc::Channel> channel;
};

edge::v1::ErrorCode CodeOf(const UnaryResult& result) {
  if (result.status.ok()) return edge::v1::ERROR_UNSPECIFIED;
  edge::v1::ErrorCode code = edge::v1::ERROR_UNSPECIFIED;
  EXPECT_TRUE(edge::v1::ErrorCode_Parse(result.error, &code)) << result.status.error_message();
  return code;
}

TEST_F(GatewayTest, AStreamIsWelcomedAndItsPublishIsAcked) {
  Start();
  WireStream<ClientFrame> stream(channel);
  stream.Send(Hello("ann"));
  const auto welcome = stream.Next();
  ASSERT_TRUE(welcome);
  EXPECT_EQ(welcome->welcome().server_id(), "gateway-1");

  ClientFrame publish;
  publish.set_ref(5);
  publish.mutable_publish()->set_channel("general");
  publish.mutable_publish()->set_content("hello");
  stream.Send(publish);
  const auto ack = stream.Next();
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->ref(), 5u);
  ASSERT_TRUE(ack->has_ack()) << ack->DebugString();
  EXPECT_EQ(ack->ack().id().size(), 36u);
  EXPECT_EQ(DecodeToken(ack->ack().position())->position.offset, 0);
}

TEST_F(GatewayTest, EachFieldOfEachMethodIsHeldToItsRule) {
  Start();
  WireStream<ClientFrame> stream(channel);
  stream.Send(Hello("ann"));
  stream.Next();
  for (const conformance::Case& tried : conformance::FieldCases()) {
    SCOPED_TRACE("field " + std::to_string(static_cast<int>(tried.field)) + ": " + tried.name);
    const bool user = tried.field == conformance::Field::kUser;
    auto request = conformance::PublishOf<edge::v1::PublishRequest>(tried);
    request.set_user(user ? tried.bytes : "ann");
    edge::v1::PublishResponse response;
    EXPECT_EQ(CodeOf(CallUnaryMethod(channel, "Publish", request, response)), tried.expected);

    if (user) {
      WireStream<ClientFrame> other(channel);
      other.Send(Hello(tried.bytes));
      const auto event = other.Next();
      ASSERT_TRUE(event);
      EXPECT_EQ(event->error().code(), tried.expected);
      if (!event->has_error()) continue;
      EXPECT_EQ(CodeOf(other.Finish()), tried.expected);
      continue;
    }
    ClientFrame frame;
    *frame.mutable_publish() = conformance::PublishOf<edge::v1::Publish>(tried);
    stream.Send(frame);
    const auto event = stream.Next();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->error().code(), tried.expected);
    if (tried.field != conformance::Field::kChannel || !event->has_error()) continue;

    frame.mutable_join()->set_channel(tried.bytes);
    stream.Send(frame);
    EXPECT_EQ(stream.Next()->error().code(), tried.expected);
    edge::v1::HistoryRequest history;
    history.set_channel(tried.bytes);
    edge::v1::HistoryResponse page;
    EXPECT_EQ(CodeOf(CallUnaryMethod(channel, "History", history, page)), tried.expected);
    edge::v1::MembersRequest members;
    members.set_channel(tried.bytes);
    edge::v1::MembersResponse list;
    EXPECT_EQ(CodeOf(CallUnaryMethod(channel, "Members", members, list)), tried.expected);
  }
}

TEST_F(GatewayTest, BytesThatAreNoFrameEndTheStreamWithEventAndStatus) {
  Start();
  WireStream<grpc::ByteBuffer> stream(channel);
  const grpc::Slice slice(std::string("\xff\xff\xff"));
  stream.Send(grpc::ByteBuffer(&slice, 1));
  const auto event = stream.Next();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->error().code(), edge::v1::ERROR_MALFORMED);
  const UnaryResult end = stream.Finish();
  EXPECT_EQ(end.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(end.error, "ERROR_MALFORMED");

  grpc::ByteBuffer reply;
  const UnaryResult unary = CallUnaryMethod(channel, "Publish", grpc::ByteBuffer(&slice, 1), reply);
  EXPECT_EQ(unary.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(unary.error, "ERROR_MALFORMED");
}

TEST_F(GatewayTest, WhatEndsAStreamIsSaidTwice) {
  Start();
  {
    WireStream<ClientFrame> stream(channel);
    stream.Send(Ping(1));
    EXPECT_EQ(stream.Next()->error().code(), edge::v1::ERROR_HELLO_REQUIRED);
    const UnaryResult end = stream.Finish();
    EXPECT_EQ(end.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    EXPECT_EQ(end.error, "ERROR_HELLO_REQUIRED");
  }
  WireStream<ClientFrame> stream(channel);
  stream.Send(Hello("ann"));
  stream.Send(Hello("ann"));
  EXPECT_TRUE(stream.Next()->has_welcome());
  EXPECT_EQ(stream.Finish().error, "ERROR_HELLO_REPEATED");
}

TEST_F(GatewayTest, WithoutARouterJoinsAndReadsAreAnsweredAtTheirDeadline) {
  Start();
  WireStream<ClientFrame> stream(channel);
  stream.Send(Hello("ann"));
  stream.Next();
  ClientFrame join;
  join.mutable_join()->set_channel("general");
  stream.Send(join);
  EXPECT_EQ(stream.Next()->error().code(), edge::v1::ERROR_JOIN_TIMEOUT);

  edge::v1::HistoryRequest request;
  request.set_channel("general");
  edge::v1::HistoryResponse response;
  EXPECT_EQ(CodeOf(CallUnaryMethod(channel, "History", request, response)), edge::v1::ERROR_BUSY);
}

TEST_F(GatewayTest, WithoutPresenceListsAreUnavailable) {
  Start();
  edge::v1::ListChannelsResponse channels;
  EXPECT_EQ(
      CodeOf(CallUnaryMethod(channel, "ListChannels", edge::v1::ListChannelsRequest(), channels)),
      edge::v1::ERROR_UNAVAILABLE);
}

TEST_F(GatewayTest, AClientThatHalfClosesGetsItsAnswersAndThenTheEnd) {
  Start();
  WireStream<ClientFrame> stream(channel);
  stream.Send(Hello("ann"));
  ClientFrame publish;
  publish.mutable_publish()->set_channel("general");
  publish.mutable_publish()->set_content("hello");
  stream.Send(publish);
  stream.HalfClose();
  EXPECT_TRUE(stream.Next()->has_welcome());
  EXPECT_TRUE(stream.Next()->has_ack());
  EXPECT_TRUE(stream.Finish().status.ok());
}

TEST_F(GatewayTest, AClientThatDoesNotReadIsCutOffAndToldWhy) {
  GatewayConfig config = Config(broker.address());
  config.session.outbox_bytes_max = 256 * 1024;
  Start(config);
  WireStream<ClientFrame> stream(channel);
  stream.Send(Hello("ann"));
  ClientFrame leave;  // Its answer is larger than itself.
  leave.mutable_leave()->set_channel(std::string(128, 'x'));
  // More answers than gRPC's buffers on both sides and the outbox hold.
  for (int i = 0; i < 40'000 && stream.Send(leave); ++i) continue;
  std::optional<Event> last;
  while (auto event = stream.Next()) last = std::move(event);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->error().code(), edge::v1::ERROR_SLOW_READER);
  const UnaryResult end = stream.Finish();
  EXPECT_EQ(end.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(end.error, "ERROR_SLOW_READER");
}

TEST_F(GatewayTest, BeyondItsSessionsItIsFull) {
  GatewayConfig config = Config(broker.address());
  config.sessions_max = 1;
  Start(config);
  WireStream<ClientFrame> first(channel);
  first.Send(Hello("ann"));
  EXPECT_TRUE(first.Next()->has_welcome());
  {
    WireStream<ClientFrame> second(channel);
    EXPECT_EQ(second.Next()->error().code(), edge::v1::ERROR_FULL);
    EXPECT_EQ(second.Finish().status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  }
  first.HalfClose();
  EXPECT_TRUE(first.Finish().status.ok());
  WireStream<ClientFrame> third(channel);
  third.Send(Hello("ann"));
  EXPECT_TRUE(third.Next());
}

TEST_F(GatewayTest, WithoutKafkaItStartsAndSaysWhatItWaitsFor) {
  broker.SetDown(true);
  GatewayConfig config = Config(broker.address());
  config.publish_deadline = milliseconds(300);
  Start(config);
  EXPECT_THAT(gateway->NotReady(), testing::HasSubstr("Kafka"));
  edge::v1::PublishRequest request;
  request.set_user("ann");
  request.set_channel("general");
  request.set_content("hello");
  edge::v1::PublishResponse response;
  EXPECT_EQ(CodeOf(CallUnaryMethod(channel, "Publish", request, response)),
            edge::v1::ERROR_UNAVAILABLE);
  broker.SetDown(false);
  while (!gateway->NotReady().empty()) std::this_thread::yield();
  EXPECT_EQ(CodeOf(CallUnaryMethod(channel, "Publish", request, response)),
            edge::v1::ERROR_UNSPECIFIED);
}

TEST_F(GatewayTest, StopTellsItsSessionsToMove) {
  Start();
  WireStream<ClientFrame> stream(channel);
  stream.Send(Hello("ann"));
  EXPECT_TRUE(stream.Next()->has_welcome());
  std::thread stopping([&] { gateway->Stop(); });
  const auto drain = stream.Next();
  ASSERT_TRUE(drain);
  EXPECT_TRUE(drain->has_drain()) << drain->DebugString();
  const UnaryResult end = stream.Finish();
  EXPECT_EQ(end.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(end.error, "ERROR_DRAINING");
  stopping.join();
  EXPECT_EQ(gateway->NotReady(), "draining");
}

TEST_F(GatewayTest, AnAddressInUseIsNamed) {
  Start();
  for (std::string GatewayConfig::*address :
       {&GatewayConfig::listen, &GatewayConfig::link_listen, &GatewayConfig::admin_listen}) {
    GatewayConfig config = Config(broker.address());
    config.*address = gateway->endpoints().grpc;
    try {
      Gateway second(config, clock, logger);
      FAIL() << "started on an address in use";
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr(config.*address));
    }
  }
}

}  // namespace
}  // namespace parley::gateway
