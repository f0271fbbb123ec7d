#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <prometheus/registry.h>

#include "services/common/clock.h"
#include "services/common/rpc/loop.h"
#include "services/common/rpc/server_call.h"

namespace google::protobuf {
class FileDescriptor;
}

namespace parley::rpc {

struct ServerOptions {
  std::string address = "127.0.0.1:0";
  std::string name = "rpc";  // Names the threads.
  int loops = 1;
  // Also what one stream may send ahead of our reads.
  std::size_t message_bytes_max = 64 * 1024;
  std::size_t streams_per_connection_max = 1000;
  std::size_t memory_bytes_max = std::size_t{1} << 30;  // gRPC's ResourceQuota.
  std::size_t metadata_bytes_max = 8 * 1024;            // The headers of one call.
  // For `grpc_server_handled_total` and, of unary methods, `grpc_server_handling_seconds`. May be
  // null.
  std::shared_ptr<prometheus::Registry> registry = nullptr;
};

// Unary methods are timed.
enum class MethodKind { kStream, kUnary };

// A gRPC server for peers of any kind: dispatches by method path to handlers that see raw bytes.
// Brings health (`grpc.health.v1`) and reflection (v1 and v1alpha) with it. Connections are spread
// over the loops; the calls of one connection arrive on the same loop as long as that loop keeps up
// with new calls.
//
// Order: construct, `Handle…`, `Start`, …, `Stop`. The loops run from construction to destruction,
// so that services can be built on them before the port opens. What the factories refer to outlives
// `Stop`, which any thread but a loop's may call, also when `Start` was never called or threw; the
// destructor calls it with no grace.
class Server {
 public:
  // Makes the handler for a call that has just arrived on `call.loop()`. It typically calls
  // `call.Read()`.
  using Factory = std::function<std::unique_ptr<CallHandler>(ServerCall& call)>;

  explicit Server(ServerOptions options);
  ~Server();

  // `method` is "/package.Service/Method". Services named here are what reflection lists; their
  // descriptors must be linked in (see `DescribedIn`). Methods that nobody handles are answered
  // UNIMPLEMENTED.
  void Handle(const std::string& method, Factory factory, MethodKind kind = MethodKind::kStream);

  // A unary method whose work is done at once, on the call's loop.
  template <class Request, class Reply>
  void HandleUnary(const std::string& method,
                   std::function<grpc::Status(const Request&, Reply&)> answer);

  // Names a .proto file that describes services handled here, for reflection, which finds
  // descriptors in protobuf's generated pool. Linking drops the generated code of a file whose
  // messages the program does not use, and with it the descriptor:
  // `server.DescribedIn(*v1::Hello::descriptor()->file())` keeps it.
  void DescribedIn(const google::protobuf::FileDescriptor& file);

  // Opens the port, once. Throws std::runtime_error that names the address, the reason and the
  // remedy.
  void Start();

  // The address bound, with the port that port 0 became; before `Start`, the address asked for.
  const std::string& address() const;

  std::vector<Loop*> loops();

  // Health of every service, for `grpc.health.v1.Health`. Any thread.
  void SetServing(bool serving);

  // Closes the listener and lets calls run on for `grace`; then cancels what is left. Watches of
  // health end at once. Blocks until every handler has had its `OnDone`. Idempotent.
  void Stop(Duration grace);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Answers one unary call: parse, answer, write.
template <class Request, class Reply>
class UnaryHandler final : public CallHandler {
 public:
  using Answer = std::function<grpc::Status(const Request&, Reply&)>;

  UnaryHandler(ServerCall& call, const Answer& answer) : call_(call), answer_(answer) {
    call_.Read();
  }

  void OnMessage(Bytes message) override {
    Request request;
    if (!Decode(message, request)) {
      call_.Finish({grpc::StatusCode::INVALID_ARGUMENT, "the request cannot be parsed"});
      return;
    }
    Reply reply;
    const grpc::Status status = answer_(request, reply);
    if (status.ok()) {
      call_.WriteAndFinish(Encode(reply));
    } else {
      call_.Finish(status);
    }
  }
  void OnHalfClose() override { call_.Finish({grpc::StatusCode::INVALID_ARGUMENT, "no request"}); }

 private:
  ServerCall& call_;
  const Answer& answer_;
};

template <class Request, class Reply>
void Server::HandleUnary(const std::string& method,
                         std::function<grpc::Status(const Request&, Reply&)> answer) {
  Handle(
      method,
      [answer = std::move(answer)](ServerCall& call) -> std::unique_ptr<CallHandler> {
        return std::make_unique<UnaryHandler<Request, Reply>>(call, answer);
      },
      MethodKind::kUnary);
}

}  // namespace parley::rpc
