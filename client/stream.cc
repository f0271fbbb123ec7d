#include "client/stream.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace parley::client {

Stream::Stream(v1::Chat::StubInterface& stub, const Clock& clock, Handler& handler)
    : stub_(stub), clock_(clock), handler_(handler) {}

CallFailure Stream::Run() {
  call_ = stub_.PrepareAsyncConnect(&context_, &queue_);
  call_->StartCall(Raw(Tag::kStarted));
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
  return FailureOf(status_, context_);
}

void Stream::Write(v1::ClientFrame frame) {
  const std::lock_guard lock(mutex_);
  outbox_.push_back(std::move(frame));
  if (!closing_) StartWrite();
}

void Stream::ResumeReading() {
  const std::lock_guard lock(mutex_);
  StartRead();
}

void Stream::WakeBy(TimePoint due) {
  const std::lock_guard lock(mutex_);
  if (due < waits_until_) Wake();
}

void Stream::Cancel() {
  const std::lock_guard lock(mutex_);
  cancel_at_ = TimePoint::min();
  StartRead();  // The end is behind it.
  Wake();
}

void Stream::Close(Duration deadline) {
  const std::lock_guard lock(mutex_);
  if (closing_ || over_) return;
  closing_ = true;
  cancel_at_ = clock_.Now() + deadline;
  StartRead();  // Whatever comes, the end is behind it.
  StartWrite();
  Wake();
}

std::vector<std::uint64_t> Stream::TakeUnsent() {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> unsent;
  for (const v1::ClientFrame& frame : std::exchange(outbox_, {})) unsent.push_back(frame.ref());
  return unsent;
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
  if (tag == Tag::kStarted) return AfterStart(ok);
  if (tag == Tag::kRead) return AfterRead(ok);
  const std::lock_guard lock(mutex_);
  switch (tag) {
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
    case Tag::kStarted:
    case Tag::kRead:
    case Tag::kWritesDone:
    case Tag::kFinished:
      return;
  }
}

void Stream::AfterStart(bool ok) {
  was_connected_ = ok;
  if (ok) handler_.OnConnected();
  const std::lock_guard lock(mutex_);
  started_ = true;
  if (!ok) return StartFinish();
  StartRead();
  StartWrite();
}

void Stream::AfterRead(bool ok) {
  if (ok) handler_.OnFrame(frame_);
  {
    // Whoever makes room from here on reads on by itself.
    const std::lock_guard lock(mutex_);
    reading_ = false;
    if (!ok) return StartFinish();
  }
  const bool may_read = handler_.MayRead();
  const std::lock_guard lock(mutex_);
  if (may_read || closing_ || half_closed_) StartRead();
}

void Stream::End() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    alarm_.Cancel();
  }
  queue_.Shutdown();
  void* raw = nullptr;
  bool ok = false;
  while (queue_.Next(&raw, &ok)) {
  }
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
