#include <utility>

#include <grpc/support/time.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>

#include "services/common/rpc/client_call.h"

namespace parley::rpc {
namespace {

// Deletes itself when gRPC gives back the one operation that a unary call is.
class UnaryCall final : public Completion {
 public:
  using Done = std::function<void(const grpc::Status&, Bytes)>;

  UnaryCall(Loop& loop, const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
            const Bytes& request, Duration deadline, Done done)
      : loop_(loop), stub_(channel), done_(std::move(done)) {
    stop_hook_ = loop_.AtStop([this] {
      done_ = nullptr;
      context_.TryCancel();
    });
    context_.set_deadline(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                       gpr_time_from_nanos(deadline.count(), GPR_TIMESPAN)));
    response_reader_ = stub_.PrepareUnaryCall(&context_, method, request, &loop_.queue());
    response_reader_->StartCall();
    response_reader_->Finish(&response_, &status_, static_cast<Completion*>(this));
  }

  void Complete(bool) override {
    if (done_) {
      loop_.Forget(stop_hook_);
      done_(status_, response_);
    }
    delete this;
  }

 private:
  ~UnaryCall() = default;

  Loop& loop_;
  Loop::StopHookId stop_hook_ = 0;
  grpc::GenericStub stub_;
  Done done_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> response_reader_;
  Bytes response_;
  grpc::Status status_;
};

}  // namespace

void CallUnary(Loop& loop, const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
               Bytes request, Duration deadline,
               std::function<void(const grpc::Status&, Bytes)> done) {
  new UnaryCall(loop, channel, method, request, deadline, std::move(done));
}

}  // namespace parley::rpc
