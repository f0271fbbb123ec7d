#include "services/gateway/grpc/connect_call.h"

#include <utility>

#include "services/common/rpc/bytes.h"
#include "services/gateway/grpc/status.h"

namespace parley::gateway {

ConnectCall::ConnectCall(rpc::ServerCall& call, SessionLoop& loop, const ConnectConfig& config,
                         Admission& admission)
    : call_(call),
      loop_(loop),
      config_(config),
      admission_(admission),
      opened_(loop.clock().Now()),
      session_(loop.session_context(), loop.NewSessionId(), *this, loop.native_encoding(),
               opened_) {
  loop_.metrics().grpc.sessions.Increment();
  loop_.metrics().grpc.sessions_opened.Increment();
  stall_timer_ = loop_.loop().Every(config_.write_stall_max, [this] { CheckForStall(); });
  call_.Read();
}

void ConnectCall::OnMessage(rpc::Bytes message) {
  // A session that ends takes no notice, but a client that first sends all it has must come to
  // reading the reason.
  if (!closing_) {
    edge::v1::ClientFrame frame;
    if (rpc::Decode(message, frame)) {
      session_.OnFrame(frame, loop_.Now());
    } else {
      session_.OnMalformed();
    }
  }
  call_.Read();
}

void ConnectCall::OnHalfClose() {
  half_closed_ = true;
  FinishIfNothingCanCome();
}

void ConnectCall::OnWritten() {
  session_.OnWritten();
  if (!call_.writing()) WriteNext();
  FinishIfNothingCanCome();
}

void ConnectCall::OnDone() {
  loop_.loop().Cancel(stall_timer_);
  loop_.loop().Cancel(close_timer_);
  loop_.metrics().grpc.sessions.Decrement();
  const std::chrono::duration<double> duration = loop_.clock().Now() - opened_;
  loop_.metrics().sessions.duration_seconds.Observe(duration.count());
  admission_.Leave();
}

void ConnectCall::Wake() {
  if (!call_.writing()) WriteNext();
}

void ConnectCall::Close(const Refusal& reason) {
  closing_ = reason;
  close_timer_ = loop_.loop().After(config_.close_linger, [this] { call_.Cancel(); });
  if (!call_.writing()) WriteNext();
}

void ConnectCall::WriteNext() {
  if (finished_) return;
  Outbox& outbox = session_.events().outbox();
  if (outbox.empty()) {
    if (!closing_) return;
    finished_ = true;
    FinishWith(call_, *closing_);
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
  TransportMetrics& metrics = loop_.metrics().grpc;
  metrics.writes.Increment();
  metrics.deliveries.Increment(static_cast<double>(session_.events().TakeDelivered()));
  metrics.delivered_bytes.Increment(static_cast<double>(bytes));
  call_.Write(rpc::Bytes(slices_.data(), slices_.size()));
  slices_.clear();
}

void ConnectCall::FinishIfNothingCanCome() {
  const bool more = closing_ || call_.writing() || !session_.idle();
  if (!half_closed_ || finished_ || more) return;
  finished_ = true;
  call_.Finish(grpc::Status::OK);
}

void ConnectCall::CheckForStall() {
  const bool stalled = call_.writing() && writes_ == std::exchange(writes_at_check_, writes_);
  if (stalled) session_.CutOff();
}

RefusedConnect::RefusedConnect(rpc::ServerCall& call, const Refusal& refusal,
                               const NativeEncoding& encoding) {
  edge::v1::Event event;
  event.mutable_error()->set_code(refusal.code);
  event.mutable_error()->set_message(refusal.message);
  const grpc::Slice slice = encoding.EncodeEvent(event).slice();
  call.Write(rpc::Bytes(&slice, 1));
  FinishWith(call, refusal);
}

}  // namespace parley::gateway
