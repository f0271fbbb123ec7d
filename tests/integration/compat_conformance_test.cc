// The bad inputs of tests/conformance, given to the foreign services: what a native client is told
// by an event ends a foreign stream, with the same status.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "parley/edge/compat/broadcast.pb.h"
#include "parley/edge/compat/chat_service.pb.h"
#include "parley/edge/compat/stream.pb.h"
#include "tests/conformance/cases.h"
#include "tests/integration/cluster.h"
#include "tests/integration/raw_chat.h"

namespace parley::test {
namespace {

using conformance::Case;
using conformance::Field;
using edge::chat::ChatMessage;
using edge::chat::ChatStream;

grpc::StatusCode StatusOf(edge::v1::ErrorCode code) {
  switch (code) {
    case edge::v1::ERROR_UNSPECIFIED:
      return grpc::StatusCode::OK;
    case edge::v1::ERROR_FORBIDDEN:
      return grpc::StatusCode::PERMISSION_DENIED;
    default:
      return grpc::StatusCode::INVALID_ARGUMENT;
  }
}

std::vector<Case> CasesOf(Field field) {
  std::vector<Case> cases = conformance::FieldCases();
  std::erase_if(cases, [&](const Case& tried) { return tried.field != field; });
  return cases;
}

// A stream of a foreign method, whose texts may hold any bytes; or, with grpc::ByteBuffer, any
// bytes at all.
template <class Request, class Reply = Request>
class RawStream final {
 public:
  RawStream(const std::shared_ptr<grpc::Channel>& channel, const char* method)
      : method_(method, grpc::internal::RpcMethod::BIDI_STREAMING) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(1));
    stream_.reset(grpc::internal::ClientReaderWriterFactory<Request, Reply>::Create(
        channel.get(), method_, &context_));
  }
  ~RawStream() { context_.TryCancel(); }

  void Send(const Request& request) { stream_->Write(request); }
  void WaitForHeaders() { stream_->WaitForInitialMetadata(); }
  // Nothing at the end of the stream.
  std::optional<Reply> Next() {
    Reply reply;
    if (!stream_->Read(&reply)) return std::nullopt;
    return reply;
  }
  grpc::StatusCode End() {
    while (Next()) continue;
    return stream_->Finish().error_code();
  }

 private:
  const grpc::internal::RpcMethod method_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<Request, Reply>> stream_;
};

class CompatConformanceTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster_ = new Cluster(Cluster::Size{});
    channel_ = new std::shared_ptr<grpc::Channel>(Dial(cluster_->Gateway(0)));
  }
  static void TearDownTestSuite() {
    delete channel_;
    delete cluster_;
  }

  // What is accepted comes back to its sender.
  static void ExpectChatMessage(const ChatMessage& message, const Case& tried) {
    SCOPED_TRACE(tried.name);
    RawStream<ChatMessage> stream(*channel_, "/chat.ChatService/ChatStream");
    stream.Send(message);
    if (tried.expected != edge::v1::ERROR_UNSPECIFIED) {
      EXPECT_EQ(stream.End(), StatusOf(tried.expected));
      return;
    }
    const auto echo = stream.Next();
    ASSERT_TRUE(echo) << stream.End();
    EXPECT_EQ(echo->content(), message.content());
    EXPECT_EQ(echo->sender(), message.sender());
    EXPECT_EQ(echo->receiver(), message.receiver());
    EXPECT_EQ(echo->channel(), message.channel());
  }
  static ChatMessage MessageOfAnn() {
    ChatMessage message;
    message.set_sender("ann");
    message.set_channel("general");
    message.set_content("hello");
    return message;
  }

  static grpc::StatusCode Broadcast(const std::string& user, const std::string& content) {
    edge::chat::Message message;
    message.set_id(user);
    message.set_content(content);
    const std::string address = cluster_->Gateway(0);
    return CallUnary<edge::chat::Close>(address, "/chat.Broadcast/BroadcastMessage", message)
        .status.error_code();
  }

  static Cluster* cluster_;
  static std::shared_ptr<grpc::Channel>* channel_;
};

Cluster* CompatConformanceTest::cluster_ = nullptr;
std::shared_ptr<grpc::Channel>* CompatConformanceTest::channel_ = nullptr;

TEST_F(CompatConformanceTest, ChatServiceSender) {
  for (const Case& tried : CasesOf(Field::kUser)) {
    ChatMessage message = MessageOfAnn();
    message.set_sender(tried.bytes);
    ExpectChatMessage(message, tried);
  }
}

TEST_F(CompatConformanceTest, ChatServiceChannel) {
  std::vector<Case> cases = CasesOf(Field::kChannel);
  for (const Case& personal : conformance::PersonalChannelCases()) cases.push_back(personal);
  for (const Case& tried : cases) {
    ChatMessage message = MessageOfAnn();
    message.set_channel(tried.bytes);
    ExpectChatMessage(message, tried);
  }
}

TEST_F(CompatConformanceTest, ChatServiceContent) {
  for (const Case& tried : CasesOf(Field::kContent)) {
    if (tried.bytes.empty()) continue;  // Only joins.
    ChatMessage message = MessageOfAnn();
    message.set_content(tried.bytes);
    ExpectChatMessage(message, tried);
  }
}

TEST_F(CompatConformanceTest, ChatServiceReceiver) {
  for (const Case& tried : CasesOf(Field::kUser)) {
    if (tried.bytes.empty()) continue;  // Everybody.
    ChatMessage message = MessageOfAnn();
    message.set_receiver(tried.bytes);
    ExpectChatMessage(message, tried);
  }
}

TEST_F(CompatConformanceTest, CreateStreamUser) {
  for (const Case& tried : CasesOf(Field::kUser)) {
    SCOPED_TRACE(tried.name);
    RawStream<edge::chat::Connect, edge::chat::Message> stream(*channel_,
                                                               "/chat.Broadcast/CreateStream");
    edge::chat::Connect connect;
    connect.mutable_user()->set_id(tried.bytes);
    stream.Send(connect);
    stream.WaitForHeaders();
    if (tried.expected == edge::v1::ERROR_UNSPECIFIED) {
      EXPECT_EQ(Broadcast("bot", "hello"), grpc::StatusCode::OK);
      EXPECT_TRUE(stream.Next());
    } else {
      EXPECT_EQ(stream.End(), StatusOf(tried.expected));
    }
  }
}

TEST_F(CompatConformanceTest, BroadcastMessage) {
  for (const Case& tried : CasesOf(Field::kUser)) {
    EXPECT_EQ(Broadcast(tried.bytes, "hello"), StatusOf(tried.expected)) << tried.name;
  }
  for (const Case& tried : CasesOf(Field::kContent)) {
    EXPECT_EQ(Broadcast("bot", tried.bytes), StatusOf(tried.expected)) << tried.name;
  }
}

TEST_F(CompatConformanceTest, ChatLoginAndMessage) {
  const auto expect = [&](const std::string& user, const std::string& content, const Case& tried) {
    SCOPED_TRACE(tried.name);
    RawStream<ChatStream> stream(*channel_, "/chat.Chat/Stream");
    ChatStream event;
    event.mutable_login()->set_username(user);
    stream.Send(event);
    event.mutable_message()->set_content(content);
    stream.Send(event);
    event.mutable_logout();
    stream.Send(event);
    EXPECT_EQ(stream.End(), StatusOf(tried.expected));
  };
  for (const Case& tried : CasesOf(Field::kUser)) expect(tried.bytes, "hello", tried);
  for (const Case& tried : CasesOf(Field::kContent)) {
    if (tried.bytes.empty()) continue;  // Says nothing.
    expect("ann", tried.bytes, tried);
  }
}

TEST_F(CompatConformanceTest, EventsOfChatOutOfTurn) {
  ChatStream login;
  login.mutable_login()->set_username("ann");
  ChatStream other_login;
  other_login.mutable_login()->set_username("bob");
  ChatStream message;
  message.mutable_message()->set_content("hello");
  const auto end_of = [&](const std::vector<ChatStream>& events) {
    RawStream<ChatStream> stream(*channel_, "/chat.Chat/Stream");
    for (const ChatStream& event : events) stream.Send(event);
    return stream.End();
  };
  EXPECT_EQ(end_of({message}), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(end_of({login, login, other_login}), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(end_of({login, ChatStream()}), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(CompatConformanceTest, AnotherSenderOnTheSameStream) {
  RawStream<ChatMessage> stream(*channel_, "/chat.ChatService/ChatStream");
  ChatMessage message = MessageOfAnn();
  stream.Send(message);
  message.set_sender("bob");
  stream.Send(message);
  EXPECT_EQ(stream.End(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(CompatConformanceTest, BytesThatAreNoMessage) {
  for (const char* method :
       {"/chat.ChatService/ChatStream", "/chat.Broadcast/CreateStream", "/chat.Chat/Stream"}) {
    RawStream<grpc::ByteBuffer> stream(*channel_, method);
    const grpc::Slice slice(std::string("\xff\xff\xff\xff"));
    stream.Send(grpc::ByteBuffer(&slice, 1));
    EXPECT_EQ(stream.End(), grpc::StatusCode::INVALID_ARGUMENT) << method;
  }
}

}  // namespace
}  // namespace parley::test
