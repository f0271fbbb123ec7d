// The foreign services over real gRPC, on a gateway with a broker but no router and no presence:
// how streams end when things are missing.
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include "compat/broadcast.grpc.pb.h"
#include "compat/chat_service.grpc.pb.h"
#include "compat/stream.grpc.pb.h"
#include "services/common/kafka/embedded_broker.h"
#include "services/gateway/gateway.h"

namespace parley::gateway {
namespace {

using std::chrono::milliseconds;

class ForeignCallTest : public testing::Test {
 protected:
  ForeignCallTest() {
    config.listen = config.link_listen = config.admin_listen = "127.0.0.1:0";
    config.kafka.brokers = broker.address();
    config.kafka.embedded = true;
    config.drain = {milliseconds(0), milliseconds(0), milliseconds(0), milliseconds(2000)};
    config.link.feed.attach_deadline = milliseconds(200);
  }

  void Start() {
    gateway = std::make_unique<Gateway>(config, clock, logger);
    while (!gateway->NotReady().empty()) std::this_thread::yield();
    const auto channel =
        grpc::CreateChannel(gateway->endpoints().grpc, grpc::InsecureChannelCredentials());
    chat_service = ::chat::ChatService::NewStub(channel);
    broadcast = ::chat::Broadcast::NewStub(channel);
    chat = ::chat::Chat::NewStub(channel);
  }

  template <class Stream, class Reply>
  static grpc::StatusCode EndOf(Stream& stream, Reply reply) {
    while (stream.Read(&reply)) continue;
    return stream.Finish().error_code();
  }

  const SystemClock clock;
  const Logger logger{"test", LogLevel::kError, Logger::Format::kText};
  kafka::EmbeddedBroker broker{{}};
  GatewayConfig config;
  std::unique_ptr<Gateway> gateway;
  std::unique_ptr<::chat::ChatService::Stub> chat_service;
  std::unique_ptr<::chat::Broadcast::Stub> broadcast;
  std::unique_ptr<::chat::Chat::Stub> chat;
};

TEST_F(ForeignCallTest, WithoutARouterAJoinEndsTheStreamAtItsDeadline) {
  Start();
  grpc::ClientContext context;
  const auto stream = chat_service->ChatStream(&context);
  ::chat::ChatMessage message;
  message.set_sender("ann");
  message.set_channel("general");
  message.set_content("hello");
  stream->Write(message);
  EXPECT_EQ(EndOf(*stream, ::chat::ChatMessage()), grpc::StatusCode::DEADLINE_EXCEEDED);

  grpc::ClientContext other_context;
  ::chat::Connect connect;
  connect.mutable_user()->set_id("ann");
  const auto other = broadcast->CreateStream(&other_context, connect);
  EXPECT_EQ(EndOf(*other, ::chat::Message()), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(ForeignCallTest, AClientThatSaysNothingGetsTheHeadersAndThenTheEnd) {
  config.session.hello_timeout = milliseconds(50);
  Start();
  grpc::ClientContext context;
  const auto stream = chat->Stream(&context);
  stream->WaitForInitialMetadata();
  EXPECT_EQ(EndOf(*stream, ::chat::ChatStream()), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(ForeignCallTest, TheDrainEndsStreamsAsUnavailable) {
  Start();
  grpc::ClientContext context;
  const auto stream = chat->Stream(&context);
  stream->WaitForInitialMetadata();
  std::thread stopping([this] { gateway->Stop(); });
  EXPECT_EQ(EndOf(*stream, ::chat::ChatStream()), grpc::StatusCode::UNAVAILABLE);
  stopping.join();
}

TEST_F(ForeignCallTest, ForeignStreamsCountAsSessions) {
  config.sessions_max = 1;
  Start();
  grpc::ClientContext context;
  const auto stream = chat->Stream(&context);
  stream->WaitForInitialMetadata();
  grpc::ClientContext other_context;
  const auto other = chat_service->ChatStream(&other_context);
  EXPECT_EQ(EndOf(*other, ::chat::ChatMessage()), grpc::StatusCode::RESOURCE_EXHAUSTED);
  context.TryCancel();
  EndOf(*stream, ::chat::ChatStream());
}

TEST_F(ForeignCallTest, UnaryCallsSayWhatIsMissing) {
  Start();
  grpc::ClientContext context;
  ::chat::ListChannelsResponse list;
  EXPECT_EQ(chat_service->ListChannels(&context, {}, &list).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  grpc::ClientContext other_context;
  ::chat::Message nobodys;
  nobodys.set_content("hello");
  ::chat::Close close;
  EXPECT_EQ(broadcast->BroadcastMessage(&other_context, nobodys, &close).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  grpc::ClientContext third_context;
  nobodys.set_id("ann");
  EXPECT_TRUE(broadcast->BroadcastMessage(&third_context, nobodys, &close).ok());
}

}  // namespace
}  // namespace parley::gateway
