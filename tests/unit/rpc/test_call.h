#pragma once

#include <memory>
#include <optional>
#include <string>

#include "services/common/rpc/client_call.h"
#include "services/common/rpc/loop.h"
#include "services/common/rpc/server_call.h"
#include "tests/unit/rpc/event_queue.h"

namespace parley::rpc {

Bytes ToBytes(const std::string& text);
std::string ToText(const Bytes& bytes);
std::string ToText(const grpc::Status& status);  // "5 no such thing"

// The client's side of a call, driven by a test's thread; what happens lands in `events`.
class TestCall final : private CallListener {
 public:
  TestCall(Loop& loop, std::shared_ptr<grpc::Channel> channel, const std::string& method);
  ~TestCall() override { LetGo(); }

  // When the write before it is done.
  void Write(const std::string& text);
  void HalfClose();
  // Destroys the handle.
  void LetGo();
  // The same, when the loop has stopped.
  void LetGoOfStoppedLoop() { call_.reset(); }

  EventQueue events;

 private:
  void OnStarted() override { events.Add("started"); }
  void OnMessage(Bytes message) override { events.Add("message " + ToText(message)); }
  void OnWritten() override { written_.Add("written"); }
  void OnDone(const grpc::Status& status) override { events.Add("done " + ToText(status)); }

  Loop& loop_;
  std::optional<ClientCall> call_;
  bool wrote_ = false;
  EventQueue written_;  // Apart from `events`: an answer may overtake it.
};

// The server's side of calls of one method, likewise. Reads the first message by itself.
class TestService final {
 public:
  // Makes the handler for the call that has arrived.
  std::unique_ptr<CallHandler> Accept(ServerCall& call);

  // The next event but "half close": a client that is gone may look like that at first, or not.
  std::string NextAfterHalfClose();

  // On the newest call's loop.
  template <class Action>
  void Do(Action action) {
    call_->loop().Run([this, &action] { action(*call_); });
  }

  EventQueue events;

 private:
  class Handler;
  ServerCall* call_ = nullptr;
};

// Gives every message back and ends when the client does.
class EchoHandler final : public CallHandler {
 public:
  explicit EchoHandler(ServerCall& call) : call_(call) { call_.Read(); }
  void OnMessage(Bytes message) override { call_.Write(std::move(message)); }
  void OnWritten() override { call_.Read(); }
  void OnHalfClose() override { call_.Finish(grpc::Status::OK); }

 private:
  ServerCall& call_;
};

}  // namespace parley::rpc
