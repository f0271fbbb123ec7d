#include "services/gateway/grpc/session_call.h"

#include <utility>

#include "services/gateway/grpc/status.h"

namespace parley::gateway {

SessionCall::SessionCall(rpc::ServerCall& call, SessionLoop& loop, const EventEncoding& encoding,
                         TransportMetrics& metrics, const StreamConfig& config,
                         Admission& admission)
    : call_(call),
      loop_(loop),
      metrics_(metrics),
      config_(config),
      admission_(admission),
      opened_(loop.clock().Now()),
      session_(loop.session_context(), loop.NewSessionId(), *this, encoding, opened_) {
  metrics_.sessions.Increment();
  metrics_.sessions_opened.Increment();
  stall_timer_ = loop_.loop().Every(config_.write_stall_max, [this] { CheckForStall(); });
  reading_ = true;
  call_.Read();
}

void SessionCall::OnMessage(rpc::Bytes message) {
  // Still reading, so that news of the session meanwhile do not read on: only when all of the
  // message is done is it known whether more may come.
  if (!closing_) Receive(message);
  reading_ = false;
  ReadOn();
}

void SessionCall::OnHalfClose() {
  reading_ = false;
  half_closed_ = true;
  FinishIfNothingCanCome();
}

void SessionCall::OnWritten() {
  session_.OnWritten();
  if (!call_.writing()) WriteNext();
  FinishIfNothingCanCome();
}

void SessionCall::OnDone() {
  loop_.loop().Cancel(stall_timer_);
  loop_.loop().Cancel(close_timer_);
  metrics_.sessions.Decrement();
  const std::chrono::duration<double> duration = loop_.clock().Now() - opened_;
  loop_.metrics().sessions.duration_seconds.Observe(duration.count());
  admission_.Leave();
}

void SessionCall::Wake() {
  if (!call_.writing()) WriteNext();
  ReadOn();
}

void SessionCall::Close(const Refusal& reason) {
  closing_ = reason;
  close_timer_ = loop_.loop().After(config_.close_linger, [this] { call_.Cancel(); });
  if (!call_.writing()) WriteNext();
  ReadOn();
}

void SessionCall::FinishCall(const Refusal& reason) { FinishWith(call_, reason); }

void SessionCall::FinishWell() {
  if (std::exchange(finished_, true)) return;
  // Not only when the client has read what is on its way.
  session_.End();
  call_.Finish(grpc::Status::OK);
}

void SessionCall::ReadOn() {
  // A session that ends takes no notice, but a client that first sends all it has must come to
  // reading the reason.
  if (reading_ || half_closed_ || (!closing_ && !WantsMore())) return;
  reading_ = true;
  call_.Read();
}

void SessionCall::WriteNext() {
  if (finished_) return;
  Outbox& outbox = session_.events().outbox();
  if (outbox.empty()) {
    if (!closing_) return;
    finished_ = true;
    FinishCall(*closing_);
    return;
  }
  outbox.Take(config_.write_limits, taken_);
  slices_.clear();
  slices_.reserve(taken_.size());
  std::size_t bytes = 0;
  for (SharedBytes& event : taken_) {
    bytes += event.size();
    slices_.push_back(std::move(event).slice());
  }
  taken_.clear();
  ++writes_;
  metrics_.writes.Increment();
  metrics_.deliveries.Increment(static_cast<double>(session_.events().TakeDelivered()));
  metrics_.delivered_bytes.Increment(static_cast<double>(bytes));
  call_.Write(rpc::Bytes(slices_.data(), slices_.size()));
  slices_.clear();
}

void SessionCall::FinishIfNothingCanCome() {
  const bool more = closing_ || call_.writing() || !session_.idle();
  if (half_closed_ && !more) FinishWell();
}

void SessionCall::CheckForStall() {
  const bool stalled = call_.writing() && writes_ == std::exchange(writes_at_check_, writes_);
  if (stalled) session_.CutOff();
}

}  // namespace parley::gateway
