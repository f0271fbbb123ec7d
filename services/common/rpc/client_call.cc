#include "services/common/rpc/client_call.h"

#include <utility>

#include <grpc/support/log.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>

#include "services/common/rpc/member_completion.h"

namespace parley::rpc {

// Deleted when the handle is gone and gRPC has given back every operation. Until the handle is
// gone, or the loop stops, `listener_` is set, or the call is over.
class ClientCall::Impl final {
 public:
  Impl(Loop& loop, std::shared_ptr<grpc::Channel> channel, const std::string& method,
       CallListener& listener)
      : loop_(loop), stub_(std::move(channel)), listener_(&listener) {
    stop_hook_ = loop_.AtStop([this] { CutOff(); });
    stream_ = stub_.PrepareCall(&context_, method, &loop_.queue());
    ++under_way_;
    stream_->StartCall(started_.tag());
  }

  void LetGo() {
    held_ = false;
    if (listener_ != nullptr) {
      loop_.Forget(stop_hook_);
      CutOff();
    }
    DeleteIfFree();
  }

  void Write(Bytes message) {
    GPR_ASSERT(started_yet_ && !writing_ && !half_close_);
    if (listener_ == nullptr) return;
    writing_ = true;
    ++under_way_;
    stream_->Write(message, written_.tag());
  }

  bool writing() const { return writing_; }

  void HalfClose() {
    GPR_ASSERT(started_yet_);
    if (half_close_ || listener_ == nullptr) return;
    half_close_ = true;
    if (!writing_) StartHalfClose();
  }

 private:
  ~Impl() = default;

  // Nothing is told to the listener from here on, and no operation is started.
  void CutOff() {
    listener_ = nullptr;
    context_.TryCancel();
  }

  void StartRead() {
    ++under_way_;
    stream_->Read(&incoming_, read_.tag());
  }

  void StartHalfClose() {
    ++under_way_;
    stream_->WritesDone(half_closed_.tag());
  }

  void StartFinish() {
    ++under_way_;
    stream_->Finish(&status_, finished_.tag());
  }

  void OnStarted(bool ok) {
    if (listener_ != nullptr && !ok) StartFinish();
    if (listener_ != nullptr && ok) {
      started_yet_ = true;
      StartRead();
      listener_->OnStarted();
    }
    GivenBack();
  }

  void OnRead(bool ok) {
    if (listener_ != nullptr && ok) listener_->OnMessage(TakeIncoming());
    // The listener may have destroyed the handle.
    if (listener_ != nullptr && ok) StartRead();
    if (listener_ != nullptr && !ok) StartFinish();
    GivenBack();
  }

  // A write that fails is no news: the read fails, too.
  void OnWritten(bool ok) {
    writing_ = false;
    if (listener_ != nullptr && half_close_) StartHalfClose();
    if (listener_ != nullptr && ok) listener_->OnWritten();
    GivenBack();
  }

  void OnHalfClosed(bool) { GivenBack(); }

  void OnFinished(bool) {
    if (listener_ != nullptr) {
      loop_.Forget(stop_hook_);
      std::exchange(listener_, nullptr)->OnDone(status_);
    }
    GivenBack();
  }

  Bytes TakeIncoming() {
    Bytes message;
    message.Swap(&incoming_);
    return message;
  }

  void GivenBack() {
    --under_way_;
    DeleteIfFree();
  }

  void DeleteIfFree() {
    if (!held_ && under_way_ == 0) delete this;
  }

  Loop& loop_;
  Loop::StopHookId stop_hook_ = 0;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
  CallListener* listener_;
  Bytes incoming_;
  grpc::Status status_;
  bool held_ = true;
  bool started_yet_ = false;
  bool writing_ = false;
  bool half_close_ = false;
  int under_way_ = 0;

  MemberCompletion<Impl> started_{*this, &Impl::OnStarted};
  MemberCompletion<Impl> read_{*this, &Impl::OnRead};
  MemberCompletion<Impl> written_{*this, &Impl::OnWritten};
  MemberCompletion<Impl> half_closed_{*this, &Impl::OnHalfClosed};
  MemberCompletion<Impl> finished_{*this, &Impl::OnFinished};
};

ClientCall::ClientCall(Loop& loop, std::shared_ptr<grpc::Channel> channel,
                       const std::string& method, CallListener& listener)
    : impl_(new Impl(loop, std::move(channel), method, listener)) {}

ClientCall::~ClientCall() { impl_->LetGo(); }

void ClientCall::Write(Bytes message) { impl_->Write(std::move(message)); }

bool ClientCall::writing() const { return impl_->writing(); }

void ClientCall::HalfClose() { impl_->HalfClose(); }

}  // namespace parley::rpc
