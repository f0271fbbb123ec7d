#include "services/common/rpc/server_call_impl.h"

#include <utility>

#include <grpc/support/log.h>

namespace parley::rpc {

void ServerCallImpl::Await(const CallSource& source) { new ServerCallImpl(source); }

ServerCallImpl::ServerCallImpl(const CallSource& source) : source_(source) {
  source_.dispatcher.CallMade();
  context_.AsyncNotifyWhenDone(over_.tag());
  source_.service.RequestCall(&context_, &stream_, &source_.queue, &source_.queue, arrived_.tag());
}

ServerCallImpl::~ServerCallImpl() { source_.dispatcher.CallDeleted(); }

void ServerCallImpl::OnArrived(bool ok) {
  if (!ok) {  // The server stops.
    delete this;
    return;
  }
  Await(source_);
  under_way_ = 1;  // gRPC's notice that the call is over.
  arrived_at_ = std::chrono::steady_clock::now();
  method_ = &source_.dispatcher.Find(context_.method());
  if (method_->factory) {
    handler_ = method_->factory(*this);
  } else {
    Finish({grpc::StatusCode::UNIMPLEMENTED, "this server has no such method"});
  }
}

void ServerCallImpl::Read() {
  if (status_ || cancelled_) return;
  GPR_ASSERT(!reading_ && !ended_);
  reading_ = true;
  ++under_way_;
  stream_.Read(&incoming_, read_.tag());
}

void ServerCallImpl::SendHeaders() {
  if (status_ || cancelled_ || std::exchange(headers_started_, true)) return;
  GPR_ASSERT(!ended_);
  ++under_way_;
  stream_.SendInitialMetadata(headers_sent_.tag());
}

void ServerCallImpl::Write(Bytes message) {
  if (status_ || cancelled_) return;
  GPR_ASSERT(!writing_ && !ended_);
  writing_ = true;
  headers_started_ = true;
  ++under_way_;
  stream_.Write(message, written_.tag());
}

void ServerCallImpl::AddTrailer(const std::string& name, const std::string& value) {
  GPR_ASSERT(!status_);
  context_.AddTrailingMetadata(name, value);
}

void ServerCallImpl::Finish(const grpc::Status& status) {
  if (status_ || cancelled_) return;
  GPR_ASSERT(!ended_);
  status_ = status;
  if (!writing_) StartFinish();
}

void ServerCallImpl::StartFinish() {
  ++under_way_;
  stream_.Finish(*status_, finished_.tag());
}

void ServerCallImpl::WriteAndFinish(Bytes message) {
  if (status_ || cancelled_) return;
  GPR_ASSERT(!writing_ && !ended_);
  status_ = grpc::Status::OK;
  ++under_way_;
  stream_.WriteAndFinish(message, grpc::WriteOptions(), *status_, finished_.tag());
}

void ServerCallImpl::Cancel() {
  if (cancelled_) return;
  GPR_ASSERT(!ended_);
  cancelled_ = true;
  context_.TryCancel();
}

void ServerCallImpl::OnRead(bool ok) {
  reading_ = false;
  if (handler_ != nullptr && !status_ && !cancelled_) {
    if (ok) {
      handler_->OnMessage(TakeIncoming());
    } else {
      handler_->OnHalfClose();
    }
  }
  GivenBack();
}

void ServerCallImpl::OnHeadersSent(bool) { GivenBack(); }

void ServerCallImpl::OnWritten(bool ok) {
  writing_ = false;
  if (status_ && !ended_) {
    StartFinish();
  } else if (ok && handler_ != nullptr && !cancelled_) {
    handler_->OnWritten();
  }
  GivenBack();
}

void ServerCallImpl::OnFinished(bool ok) {
  End(ok ? status_->error_code() : grpc::StatusCode::CANCELLED);
  GivenBack();
}

// Comes for every call: after its end, or because the client is gone or we cancelled.
void ServerCallImpl::OnOver(bool) {
  const bool cut = context_.IsCancelled() || !status_;
  End(cut ? grpc::StatusCode::CANCELLED : status_->error_code());
  GivenBack();
}

void ServerCallImpl::End(grpc::StatusCode code) {
  if (std::exchange(ended_, true)) return;
  method_->metrics->Handled(code, std::chrono::steady_clock::now() - arrived_at_);
  if (handler_ == nullptr) return;
  handler_->OnDone();
  handler_ = nullptr;
}

void ServerCallImpl::GivenBack() {
  if (--under_way_ == 0) delete this;
}

Bytes ServerCallImpl::TakeIncoming() {
  Bytes message;
  message.Swap(&incoming_);
  return message;
}

}  // namespace parley::rpc
