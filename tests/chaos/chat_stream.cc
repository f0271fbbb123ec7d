#include "tests/chaos/chat_stream.h"

#include <deque>
#include <memory>
#include <utility>

#include <grpcpp/grpcpp.h>

#include "parley/v1/chat.grpc.pb.h"
#include "services/common/rpc/member_completion.h"

namespace parley::chaos {
namespace {

std::shared_ptr<grpc::Channel> Dial(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

class ChatStream::Call final {
 public:
  Call(rpc::Loop& loop, const std::string& address, Listener& listener)
      : loop_(loop), listener_(&listener), stub_(v1::Chat::NewStub(Dial(address))) {
    call_ = stub_->PrepareAsyncConnect(&context_, &loop.queue());
    ++in_flight_;
    call_->StartCall(started_.tag());
    // From then on nothing may be started on the loop's queue.
    stop_hook_ = loop_.AtStop([this] {
      stopped_ = true;
      context_.TryCancel();
    });
  }

  void Write(v1::ClientFrame frame) {
    if (over_) return;
    outbox_.push_back(std::move(frame));
    WriteNext();
  }

  void Pause(bool pause) {
    paused_ = pause;
    ReadNext();
  }

  void LetGo() {
    listener_ = nullptr;
    paused_ = false;
    context_.TryCancel();
    ReadNext();
    DeleteIfDone();
  }

 private:
  ~Call() { loop_.Forget(stop_hook_); }

  void OnStarted(bool ok) {
    --in_flight_;
    connected_ = ok;
    if (!ok) return Finish();
    ReadNext();
    WriteNext();
  }

  void ReadNext() {
    if (!connected_ || reading_ || over_ || paused_ || stopped_) return;
    reading_ = true;
    ++in_flight_;
    call_->Read(&frame_, read_.tag());
  }

  void OnRead(bool ok) {
    --in_flight_;
    reading_ = false;
    if (!ok) return Finish();
    // The listener may let go of the call, but it is not deleted under our feet.
    ++in_flight_;
    if (listener_ != nullptr) listener_->OnFrame(frame_);
    --in_flight_;
    ReadNext();
  }

  void WriteNext() {
    if (!connected_ || writing_ || over_ || stopped_ || outbox_.empty()) return;
    writing_ = true;
    ++in_flight_;
    call_->Write(outbox_.front(), written_.tag());
    outbox_.pop_front();
  }

  void OnWritten(bool ok) {
    --in_flight_;
    writing_ = false;
    if (ok) WriteNext();
    DeleteIfDone();  // What broke the write ends the read.
  }

  void Finish() {
    if (stopped_) return DeleteIfDone();
    if (over_) return;
    over_ = true;
    ++in_flight_;
    call_->Finish(&status_, finished_.tag());
  }

  void OnFinished(bool) {
    if (listener_ != nullptr) listener_->OnEnd(status_);
    --in_flight_;
    done_ = true;
    DeleteIfDone();
  }

  // Once the owner has let go and gRPC holds nothing.
  void DeleteIfDone() {
    if (listener_ == nullptr && (done_ || stopped_) && in_flight_ == 0) delete this;
  }

  rpc::Loop& loop_;
  Listener* listener_;  // Null: let go of.
  const std::unique_ptr<v1::Chat::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<v1::ClientFrame, v1::ServerFrame>> call_;
  rpc::Loop::StopHookId stop_hook_ = 0;
  v1::ServerFrame frame_;
  std::deque<v1::ClientFrame> outbox_;
  grpc::Status status_;
  int in_flight_ = 0;
  bool connected_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool paused_ = false;
  bool over_ = false;  // Finish is under way.
  bool done_ = false;
  bool stopped_ = false;  // The loop ends.
  rpc::MemberCompletion<Call> started_{*this, &Call::OnStarted};
  rpc::MemberCompletion<Call> read_{*this, &Call::OnRead};
  rpc::MemberCompletion<Call> written_{*this, &Call::OnWritten};
  rpc::MemberCompletion<Call> finished_{*this, &Call::OnFinished};
};

ChatStream::ChatStream(rpc::Loop& loop, const std::string& address, Listener& listener)
    : call_(new Call(loop, address, listener)) {}

ChatStream::~ChatStream() { call_->LetGo(); }

void ChatStream::Write(v1::ClientFrame frame) { call_->Write(std::move(frame)); }

void ChatStream::PauseReading() { call_->Pause(true); }

void ChatStream::ResumeReading() { call_->Pause(false); }

}  // namespace parley::chaos
