#include "tests/fakes/client/fake_session.h"

#include <utility>

namespace parley::client {

FakeSession::FakeSession(Handler handler) : handler_(std::move(handler)) { StartRead(&incoming_); }

void FakeSession::Tell(v1::Event event) {
  const std::lock_guard lock(mutex_);
  *outbox_.emplace_back().add_events() = std::move(event);
  WriteOrFinish();
}

void FakeSession::End(grpc::Status status) {
  const std::lock_guard lock(mutex_);
  if (!ending_) status_ = std::move(status);
  ending_ = true;
  WriteOrFinish();
}

void FakeSession::OnReadDone(bool ok) {
  if (!ok) return handler_.on_half_close(*this);
  handler_.on_frame(*this, incoming_);
  StartRead(&incoming_);
}

void FakeSession::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  writing_ = false;
  outbox_.pop_front();
  if (!ok) outbox_.clear();
  WriteOrFinish();
}

void FakeSession::OnCancel() { End(grpc::Status::CANCELLED); }

void FakeSession::OnDone() {
  handler_.on_done(*this);
  delete this;
}

void FakeSession::WriteOrFinish() {
  if (writing_ || finished_) return;
  if (!outbox_.empty()) {
    writing_ = true;
    StartWrite(&outbox_.front());
  } else if (ending_) {
    finished_ = true;
    Finish(status_);
  }
}

}  // namespace parley::client
