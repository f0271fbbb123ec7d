// Both sides of calls, over a real connection.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include "services/common/rpc/client_call.h"
#include "services/common/rpc/server.h"
#include "tests/unit/rpc/test_call.h"

namespace parley::rpc {
namespace {

constexpr char kEcho[] = "/test.Test/Echo";
constexpr char kTest[] = "/test.Test/Test";
constexpr std::size_t kMessageBytesMax = 256 * 1024;

// gRPC's usual window is 4 MiB as long as there is memory.
std::shared_ptr<grpc::Channel> SmallWindowChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

// A client that does not read until it is told to: its stream's window fills, and the write stays
// in flight.
class SilentClient final {
 public:
  SilentClient(const std::string& address, const std::string& method)
      : stub_(SmallWindowChannel(address)), stream_(stub_.PrepareCall(&context_, method, &queue_)) {
    stream_->StartCall(this);
    Await();
  }
  ~SilentClient() {
    context_.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  void Write(const std::string& text) {
    stream_->Write(ToBytes(text), this);
    Await();
  }

  Bytes Read() {
    Bytes message;
    stream_->Read(&message, this);
    Await();
    return message;
  }

  grpc::Status ReadToTheEnd() {
    Bytes message;
    do {
      stream_->Read(&message, this);
    } while (Await());
    grpc::Status status;
    stream_->Finish(&status, this);
    Await();
    return status;
  }

 private:
  bool Await() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::CompletionQueue queue_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
};

class CallTest : public testing::Test {
 protected:
  CallTest() : server_({.name = "test", .loops = 2, .message_bytes_max = kMessageBytesMax}) {
    server_.Handle(kEcho, [](ServerCall& call) { return std::make_unique<EchoHandler>(call); });
    server_.Handle(kTest, [this](ServerCall& call) { return service_.Accept(call); });
    server_.Start();
    channel_ = Connect(server_.address());
  }

  // Opens a call of `kTest` whose first message has arrived.
  std::unique_ptr<TestCall> Open() {
    auto call = std::make_unique<TestCall>(loop_, channel_, kTest);
    EXPECT_EQ(call->events.Next(), "started");
    EXPECT_EQ(service_.events.Next(), "arrived");
    call->Write("hello");
    EXPECT_EQ(service_.events.Next(), "message hello");
    return call;
  }

  TestService service_;
  Server server_;
  Loop loop_{"client"};
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(CallTest, EchoesUntilTheClientCloses) {
  TestCall call(loop_, channel_, kEcho);
  EXPECT_EQ(call.events.Next(), "started");
  for (int i = 0; i < 100; ++i) {
    const std::string text = std::to_string(i);
    call.Write(text);
    EXPECT_EQ(call.events.Next(), "message " + text);
  }
  call.HalfClose();
  EXPECT_EQ(call.events.Next(), "done 0");
}

TEST_F(CallTest, HeadersGoOutOnceAndTheWriteBehindThem) {
  const auto call = Open();
  service_.Do([](ServerCall& at) {
    at.SendHeaders();
    at.SendHeaders();
    at.Write(ToBytes("first"));
    at.SendHeaders();
  });
  EXPECT_EQ(call->events.Next(), "message first");
  EXPECT_EQ(service_.events.Next(), "written");
  const auto without = Open();
  service_.Do([](ServerCall& at) {
    at.Write(ToBytes("first"));
    at.SendHeaders();
    at.Finish(grpc::Status::OK);
    at.SendHeaders();
  });
  EXPECT_EQ(without->events.Next(), "message first");
  EXPECT_EQ(without->events.Next(), "done 0");
}

TEST_F(CallTest, HalfCloseWaitsForTheWrite) {
  TestCall call(loop_, channel_, kEcho);
  EXPECT_EQ(call.events.Next(), "started");
  const std::string text(kMessageBytesMax - 100, 'x');
  call.Write(text);
  call.HalfClose();
  call.HalfClose();
  EXPECT_TRUE(call.events.Next() == "message " + text);
  EXPECT_EQ(call.events.Next(), "done 0");
}

TEST_F(CallTest, ServerFinishesBehindItsWrite) {
  const auto call = Open();
  service_.Do([](ServerCall& at) {
    at.Write(ToBytes("last"));
    at.AddTrailer("reason", "test");
    at.Finish({grpc::StatusCode::NOT_FOUND, "no such thing"});
    at.Finish({grpc::StatusCode::INTERNAL, "only the first counts"});
    at.Write(ToBytes("too late"));
    at.Read();
  });
  EXPECT_EQ(call->events.Next(), "message last");
  EXPECT_EQ(call->events.Next(), "done 5 no such thing");
  EXPECT_EQ(service_.events.Next(), "done");
  EXPECT_EQ(service_.events.Next(), "destroyed");
}

TEST_F(CallTest, MessageThatComesAfterFinishIsNotDelivered) {
  const auto call = Open();
  service_.Do([](ServerCall& at) {
    at.Read();
    at.Finish(grpc::Status::OK);
  });
  EXPECT_EQ(call->events.Next(), "done 0");
  EXPECT_EQ(service_.events.Next(), "done");
  EXPECT_EQ(service_.events.Next(), "destroyed");
  EXPECT_TRUE(service_.events.empty());
}

TEST_F(CallTest, HalfCloseReachesTheServerWhichGoesOnWriting) {
  const auto call = Open();
  call->HalfClose();
  service_.Do([](ServerCall& at) { at.Read(); });
  EXPECT_EQ(service_.events.Next(), "half close");
  service_.Do([](ServerCall& at) { at.Write(ToBytes("still here")); });
  EXPECT_EQ(call->events.Next(), "message still here");
  EXPECT_EQ(service_.events.Next(), "written");
  service_.Do([](ServerCall& at) { at.Finish(grpc::Status::OK); });
  EXPECT_EQ(call->events.Next(), "done 0");
}

TEST_F(CallTest, ServerLearnsThatTheClientIsGoneWithoutReading) {
  const auto call = Open();
  call->LetGo();
  EXPECT_EQ(service_.events.Next(), "done");
  EXPECT_EQ(service_.events.Next(), "destroyed");
  EXPECT_TRUE(call->events.empty());
}

TEST_F(CallTest, ServerLearnsThatTheConnectionIsGone) {
  Loop loop("short-lived");
  TestCall call(loop, channel_, kTest);
  EXPECT_EQ(call.events.Next(), "started");
  EXPECT_EQ(service_.events.Next(), "arrived");
  loop.Stop();
  call.LetGoOfStoppedLoop();
  EXPECT_EQ(service_.NextAfterHalfClose(), "done");
  EXPECT_EQ(service_.events.Next(), "destroyed");
}

TEST_F(CallTest, CancelEndsACallWhoseClientDoesNotRead) {
  SilentClient client(server_.address(), kTest);
  client.Write("hello");
  EXPECT_EQ(service_.events.Next(), "arrived");
  EXPECT_EQ(service_.events.Next(), "message hello");
  service_.Do([](ServerCall& at) {
    at.Write(ToBytes(std::string(16 * 1024 * 1024, 'x')));
    at.Finish({grpc::StatusCode::RESOURCE_EXHAUSTED, "slow"});
  });
  service_.Do([](ServerCall& at) {
    EXPECT_TRUE(at.writing());
    at.Cancel();
    at.Cancel();
    at.Finish(grpc::Status::OK);
  });
  EXPECT_EQ(service_.events.Next(), "done");
  EXPECT_EQ(service_.events.Next(), "destroyed");
  EXPECT_EQ(client.ReadToTheEnd().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(CallTest, MessageOfManySlicesArrivesWhole) {
  const auto call = Open();
  std::vector<grpc::Slice> slices;
  std::string whole;
  for (int i = 0; i < 5000; ++i) {
    const std::string piece(static_cast<std::size_t>(1 + i % 97), static_cast<char>('a' + i % 26));
    slices.emplace_back(piece);
    whole += piece;
  }
  service_.Do([&](ServerCall& at) { at.Write(Bytes(slices.data(), slices.size())); });
  EXPECT_TRUE(call->events.Next() == "message " + whole);
}

TEST_F(CallTest, WritingSharesTheSlicesMemory) {
  SilentClient client(server_.address(), kTest);
  client.Write("hello");
  EXPECT_EQ(service_.events.Next(), "arrived");
  EXPECT_EQ(service_.events.Next(), "message hello");
  std::string memory(16 * 1024 * 1024, 'm');
  EventQueue freed;
  const auto note = [](void* queue) { static_cast<EventQueue*>(queue)->Add("freed"); };
  service_.Do([&](ServerCall& at) {
    const grpc::Slice slice(memory.data(), memory.size(), note, &freed);
    at.Write(Bytes(&slice, 1));
  });
  // The end of the message waits for the client to read; it is sent from here, not from a copy.
  memory.back() = '!';
  EXPECT_TRUE(freed.empty());
  EXPECT_TRUE(ToText(client.Read()) == memory);
  EXPECT_EQ(freed.Next(), "freed");
}

TEST_F(CallTest, MessageAtTheLimitPassesAndOneBeyondIsRefused) {
  TestCall call(loop_, channel_, kEcho);
  EXPECT_EQ(call.events.Next(), "started");
  const std::string most(kMessageBytesMax, 'x');
  call.Write(most);
  EXPECT_TRUE(call.events.Next() == "message " + most);
  call.Write(most + 'x');
  const std::string event = call.events.Next();
  EXPECT_TRUE(event.starts_with("done 8 ")) << event;
}

TEST_F(CallTest, EmptyMessageIsAMessage) {
  TestCall call(loop_, channel_, kEcho);
  EXPECT_EQ(call.events.Next(), "started");
  call.Write("");
  EXPECT_EQ(call.events.Next(), "message ");
}

TEST_F(CallTest, UnknownMethodIsUnimplemented) {
  for (const char* method : {"/test.Test/None", "/none.None/None", "/", "nonsense", "//"}) {
    TestCall call(loop_, channel_, method);
    std::string event = call.events.Next();
    if (event == "started") event = call.events.Next();
    EXPECT_TRUE(event.starts_with("done 12 ")) << method << ": " << event;
  }
}

TEST_F(CallTest, CallToNobodyIsUnavailable) {
  Server gone({.name = "gone"});
  gone.Start();
  const std::string address = gone.address();
  gone.Stop(Duration::zero());
  TestCall call(loop_, Connect(address), kEcho);
  const std::string event = call.events.Next();
  EXPECT_TRUE(event.starts_with("done 14 ")) << event;
}

TEST_F(CallTest, ListenerMayDestroyTheHandleFromAnyCallback) {
  struct Destroyer final : CallListener {
    explicit Destroyer(std::string when, EventQueue& queue) : at(std::move(when)), events(queue) {}
    void Hear(const std::string& what) {
      EXPECT_TRUE(call.has_value()) << what;
      if (what != at) return;
      call.reset();
      events.Add(what);
    }
    void OnStarted() override {
      Hear("started");
      if (call) call->Write(ToBytes("x"));
    }
    void OnMessage(Bytes) override {
      Hear("message");
      if (call) call->HalfClose();
    }
    void OnWritten() override { Hear("written"); }
    void OnDone(const grpc::Status&) override { Hear("done"); }
    const std::string at;
    EventQueue& events;
    std::optional<ClientCall> call;
  };
  for (const char* when : {"started", "message", "written", "done"}) {
    EventQueue events;
    Destroyer destroyer(when, events);
    loop_.Run([&] { destroyer.call.emplace(loop_, channel_, kEcho, destroyer); });
    EXPECT_EQ(events.Next(), when);
  }
}

TEST_F(CallTest, UnaryCallIsAnswered) {
  EventQueue events;
  const auto note = [&](const grpc::Status& status, const Bytes& reply) {
    EXPECT_TRUE(loop_.OnLoop());
    events.Add(ToText(status) + ": " + ToText(reply));
  };
  using std::chrono::seconds;
  loop_.Run([&] { CallUnary(loop_, channel_, kTest, ToBytes("hello"), seconds(30), note); });
  EXPECT_EQ(service_.events.Next(), "arrived");
  EXPECT_EQ(service_.events.Next(), "message hello");
  service_.Do([](ServerCall& at) { at.WriteAndFinish(ToBytes("answer")); });
  EXPECT_EQ(events.Next(), "0: answer");
  EXPECT_EQ(service_.events.Next(), "done");
}

TEST_F(CallTest, UnaryCallEndsAtItsDeadlineOnBothSides) {
  EventQueue events;
  loop_.Run([&] {
    CallUnary(loop_, channel_, kTest, ToBytes("hello"), std::chrono::milliseconds(50),
              [&](const grpc::Status& status, const Bytes&) {
                events.Add(std::to_string(status.error_code()));
              });
  });
  EXPECT_EQ(events.Next(), "4");
}

TEST_F(CallTest, LoopStopsWithCallsUnderWay) {
  EventQueue events;
  Loop loop("short-lived");
  TestCall call(loop, channel_, kTest);
  EXPECT_EQ(call.events.Next(), "started");
  const auto token = std::make_shared<int>(0);
  loop.Run([&] {
    CallUnary(loop, channel_, kTest, ToBytes("hello"), std::chrono::hours(1),
              [&, token](const grpc::Status&, const Bytes&) { events.Add("done"); });
  });
  loop.Stop();
  call.LetGoOfStoppedLoop();
  EXPECT_TRUE(events.empty());
  EXPECT_TRUE(call.events.empty());
  EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
}  // namespace parley::rpc
