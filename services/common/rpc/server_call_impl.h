#pragma once

#include <chrono>
#include <optional>

#include <grpcpp/generic/async_generic_service.h>

#include "services/common/rpc/dispatcher.h"
#include "services/common/rpc/member_completion.h"
#include "services/common/rpc/server_call.h"

namespace parley::rpc {

// Where calls come from: one loop of a server.
struct CallSource {
  Dispatcher& dispatcher;
  grpc::AsyncGenericService& service;
  Loop& loop;
  grpc::ServerCompletionQueue& queue;  // The loop's.
};

// Waits for a call, then is that call, then deletes itself: when gRPC has given back every
// operation, the last of which is its notice that the call is over. When a call arrives it is
// followed by a new object that waits for the next.
class ServerCallImpl final : public ServerCall {
 public:
  // `source` outlives every call made from it. On its loop.
  static void Await(const CallSource& source);

  void Read() override;
  void SendHeaders() override;
  void Write(Bytes message) override;
  bool writing() const override { return writing_; }
  void AddTrailer(const std::string& name, const std::string& value) override;
  void Finish(const grpc::Status& status) override;
  void WriteAndFinish(Bytes message) override;
  void Cancel() override;
  std::string peer() const override { return context_.peer(); }
  Loop& loop() override { return source_.loop; }

 private:
  explicit ServerCallImpl(const CallSource& source);
  ~ServerCallImpl() override;

  void OnArrived(bool ok);
  void OnRead(bool ok);
  void OnHeadersSent(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool ok);
  void OnOver(bool ok);

  void StartFinish();
  // Tells the handler that it is over, once, and lets go of it.
  void End(grpc::StatusCode code);
  void GivenBack();
  Bytes TakeIncoming();

  const CallSource& source_;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_{&context_};
  const Method* method_ = nullptr;
  std::chrono::steady_clock::time_point arrived_at_;
  std::unique_ptr<CallHandler> handler_;

  int under_way_ = 0;  // Operations that gRPC has not given back.
  Bytes incoming_;
  bool reading_ = false;
  bool headers_started_ = false;
  bool writing_ = false;
  // Either is set by us; nothing but the end is told to the handler from then on.
  std::optional<grpc::Status> status_;
  bool cancelled_ = false;
  bool ended_ = false;  // The handler knows.

  MemberCompletion<ServerCallImpl> arrived_{*this, &ServerCallImpl::OnArrived};
  MemberCompletion<ServerCallImpl> read_{*this, &ServerCallImpl::OnRead};
  MemberCompletion<ServerCallImpl> headers_sent_{*this, &ServerCallImpl::OnHeadersSent};
  MemberCompletion<ServerCallImpl> written_{*this, &ServerCallImpl::OnWritten};
  MemberCompletion<ServerCallImpl> finished_{*this, &ServerCallImpl::OnFinished};
  MemberCompletion<ServerCallImpl> over_{*this, &ServerCallImpl::OnOver};
};

}  // namespace parley::rpc
