#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "compat/broadcast.grpc.pb.h"
#include "compat/chat_service.grpc.pb.h"
#include "compat/stream.grpc.pb.h"
#include "tests/integration/foreign_stream.h"
#include "tests/integration/member.h"

namespace parley::test {

// Clients of the three services of the systems that Parley replaces, made from their generated
// stubs and nothing of ours. `Heard` is what came, each as "who: what".

class ChatServiceClient final {
 public:
  explicit ChatServiceClient(const std::string& address, bool read = true)
      : stub_(chat::ChatService::NewStub(Dial(address))),
        stream_([&](grpc::ClientContext* context) { return stub_->ChatStream(context); }) {
    if (read) stream_.StartReading();
  }

  // False once the stream is over.
  bool Say(const std::string& sender, const std::string& channel, const std::string& content,
           const std::string& receiver = "") {
    chat::ChatMessage message;
    message.set_sender(sender);
    message.set_channel(channel);
    message.set_content(content);
    message.set_receiver(receiver);
    return stream_->Write(message);
  }
  std::vector<std::string> Heard(std::size_t count) {
    std::vector<std::string> heard;
    for (const chat::ChatMessage& message : stream_.WaitFor(count)) {
      heard.push_back(message.sender() + ": " + message.content());
    }
    return heard;
  }
  auto& stream() { return stream_; }

 private:
  std::unique_ptr<chat::ChatService::Stub> stub_;
  ForeignStream<grpc::ClientReaderWriter<chat::ChatMessage, chat::ChatMessage>, chat::ChatMessage>
      stream_;
};

class BroadcastClient final {
 public:
  BroadcastClient(const std::string& address, const std::string& user)
      : user_(user),
        stub_(chat::Broadcast::NewStub(Dial(address))),
        stream_([&](grpc::ClientContext* context) {
          chat::Connect connect;
          connect.mutable_user()->set_id(user);
          connect.set_active(true);
          return stub_->CreateStream(context, connect);
        }) {
    stream_->WaitForInitialMetadata();  // What is said from now on is seen.
    stream_.StartReading();
  }

  grpc::Status Say(const std::string& content) {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    chat::Message message;
    message.set_id(user_);
    message.set_content(content);
    chat::Close close;
    return stub_->BroadcastMessage(&context, message, &close);
  }
  std::vector<std::string> Heard(std::size_t count) {
    std::vector<std::string> heard;
    for (const chat::Message& message : stream_.WaitFor(count)) {
      heard.push_back(message.id() + ": " + message.content());
    }
    return heard;
  }
  auto& stream() { return stream_; }

 private:
  const std::string user_;
  std::unique_ptr<chat::Broadcast::Stub> stub_;
  ForeignStream<grpc::ClientReader<chat::Message>, chat::Message> stream_;
};

class ChatClient final {
 public:
  explicit ChatClient(const std::string& address)
      : stub_(chat::Chat::NewStub(Dial(address))),
        stream_([&](grpc::ClientContext* context) { return stub_->Stream(context); }) {
    stream_.StartReading();
  }

  bool LogIn(const std::string& user) {
    chat::ChatStream event;
    event.mutable_login()->set_username(user);
    return stream_->Write(event);
  }
  bool LogOut() {
    chat::ChatStream event;
    event.mutable_logout();
    return stream_->Write(event);
  }
  bool Say(const std::string& content) {
    chat::ChatStream event;
    event.mutable_message()->set_content(content);
    return stream_->Write(event);
  }
  std::vector<std::string> Heard(std::size_t count) {
    std::vector<std::string> heard;
    for (const chat::ChatStream& event : stream_.WaitFor(count)) {
      heard.push_back(event.message().author() + ": " + event.message().content());
    }
    return heard;
  }
  auto& stream() { return stream_; }

 private:
  std::unique_ptr<chat::Chat::Stub> stub_;
  ForeignStream<grpc::ClientReaderWriter<chat::ChatStream, chat::ChatStream>, chat::ChatStream>
      stream_;
};

}  // namespace parley::test
