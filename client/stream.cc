#include "client/stream.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace parley::client {

Stream::Stream(v1::Chat::StubInterface& stub, const Clock& clock, Handler& handler)
    : stub_(stub), clock_(clock), handler_(handler) {}

Stream::~Stream() { Close(Duration::zero()); }

void Stream::Start() {
  call_ = stub_.PrepareAsyncConnect(&context_, &queue_);
  call_->StartCall(Raw(Tag::kStarted));
  thread_ = std::thread([this] { Run(); });
}

bool Stream::Write(v1::ClientFrame frame, TimePoint due) {
  const std::lock_guard lock(mutex_);
  if (over_ || closing_) return false;
  outbox_.push_back(std::move(frame));
  StartWrite();
  if (due < waits_until_) Wake();
  return true;
}

void Stream::ResumeReading() {
  const std::lock_guard lock(mutex_);
  StartRead();
}

void Stream::Close(Duration deadline) {
  if (!thread_.joinable()) return;  // Never started, or closed before.
  {
    const std::lock_guard lock(mutex_);
    if (!closing_ && !over_) {
      closing_ = true;
      cancel_at_ = clock_.Now() + deadline;
      StartRead();  // Whatever comes, the end is behind it.
      StartWrite();
      Wake();
    }
  }
  thread_.join();
}

void Stream::Run() {
  bool finished = false;
  while (!finished) {
    const Duration wait = std::max<Duration>(WaitUntil() - clock_.Now(), Duration::zero());
    const auto deadline = std::chrono::system_clock::now() +
                          std::chrono::duration_cast<std::chrono::system_clock::duration>(wait);
    void* raw = nullptr;
    bool ok = false;
    if (queue_.AsyncNext(&raw, &ok, deadline) != grpc::CompletionQueue::GOT_EVENT) continue;
    const Tag tag = *static_cast<Tag*>(raw);
    finished = tag == Tag::kFinished;
    Handle(tag, ok);
  }
  End();
}

TimePoint Stream::WaitUntil() {
  {
    // Whoever writes from here on sees that nobody waits yet, and wakes us.
    const std::lock_guard lock(mutex_);
    waits_until_ = TimePoint::max();
  }
  const TimePoint now = clock_.Now();
  TimePoint until = std::min<TimePoint>(handler_.OnTime(now), now + std::chrono::hours(1));

  const std::lock_guard lock(mutex_);
  if (cancel_at_ <= now) {
    context_.TryCancel();
    cancel_at_ = TimePoint::max();
  }
  until = std::min(until, cancel_at_);
  waits_until_ = until;
  return until;
}

void Stream::Handle(Tag tag, bool ok) {
  if (tag == Tag::kRead) return AfterRead(ok);
  const std::lock_guard lock(mutex_);
  switch (tag) {
    case Tag::kStarted:
      started_ = true;
      if (!ok) return StartFinish();
      StartRead();
      StartWrite();
      return;
    case Tag::kWritten:
      writing_ = false;
      // A broken stream shows in the read, which may have been paused.
      if (!ok) {
        half_closed_ = true;
        return StartRead();
      }
      StartWrite();
      return;
    case Tag::kWoken:
      waking_ = false;
      return;
    case Tag::kRead:
    case Tag::kWritesDone:
    case Tag::kFinished:
      return;
  }
}

void Stream::AfterRead(bool ok) {
  if (ok) handler_.OnFrame(frame_);
  const bool may_read = ok && handler_.MayRead();
  const std::lock_guard lock(mutex_);
  reading_ = false;
  if (!ok) return StartFinish();
  if (may_read || closing_ || half_closed_) StartRead();
}

void Stream::End() {
  std::vector<std::uint64_t> unsent;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    for (const v1::ClientFrame& frame : outbox_) unsent.push_back(frame.ref());
    outbox_.clear();
    alarm_.Cancel();
  }
  queue_.Shutdown();
  void* raw = nullptr;
  bool ok = false;
  while (queue_.Next(&raw, &ok)) {
  }
  handler_.OnEnd(FailureOf(status_, context_), unsent);
}

void Stream::StartRead() {
  if (!started_ || reading_ || finishing_) return;
  reading_ = true;
  call_->Read(&frame_, Raw(Tag::kRead));
}

void Stream::StartWrite() {
  if (!started_ || writing_ || half_closed_ || finishing_) return;
  if (!outbox_.empty()) {
    writing_ = true;
    call_->Write(outbox_.front(), Raw(Tag::kWritten));
    outbox_.pop_front();
  } else if (closing_) {
    half_closed_ = true;
    call_->WritesDone(Raw(Tag::kWritesDone));
  }
}

void Stream::StartFinish() {
  if (finishing_) return;
  finishing_ = true;
  call_->Finish(&status_, Raw(Tag::kFinished));
}

void Stream::Wake() {
  if (waking_ || over_) return;
  waking_ = true;
  alarm_.Set(&queue_, std::chrono::system_clock::now(), Raw(Tag::kWoken));
}

}  // namespace parley::client
