#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "services/common/rpc/loop.h"
#include "services/common/rpc/server_call.h"
#include "services/gateway/gateway_metrics.h"
#include "services/gateway/grpc/admission.h"
#include "services/gateway/session/session.h"
#include "services/gateway/session/transport.h"
#include "services/gateway/session_loop.h"

namespace parley::gateway {

struct StreamConfig {
  // A session that ends may take so long to read its last events and the status; then it is
  // cancelled.
  std::chrono::milliseconds close_linger{5000};
  // A client that has taken nothing of what is there for so long is cut off as a slow reader.
  std::chrono::milliseconds write_stall_max{60'000};
  WriteLimits write_limits;
};

// A stream that carries a session: gives what comes in to the kind of stream that this is, and
// takes the session's events to the client, one write in flight, made of events whose bytes are
// shared and not copied.
//
// A client that half-closes goes on receiving as long as it is in a channel other than its personal
// one or waits for an answer; then the stream ends with OK.
//
// Owned by its call; on the call's loop.
class SessionCall : public rpc::CallHandler, protected Transport {
 public:
  void OnMessage(rpc::Bytes message) final;
  void OnHalfClose() final;
  void OnWritten() final;
  void OnDone() final;

 protected:
  // `encoding`, `metrics` and `config` outlive the call.
  SessionCall(rpc::ServerCall& call, SessionLoop& loop, const EventEncoding& encoding,
              TransportMetrics& metrics, const StreamConfig& config, Admission& admission);

  // Something came in, and the session has not ended.
  virtual void Receive(const rpc::Bytes& message) = 0;
  // The client's next message may come. Asked again whenever the session has news.
  virtual bool WantsMore() const { return true; }
  // Ends the call with the status of the reason, once everything is written.
  virtual void FinishCall(const Refusal& reason);

  // From the session.
  void Wake() override;
  void Close(const Refusal& reason) final;

  // Ends the stream as its client wished.
  void FinishWell();

  rpc::ServerCall& call() { return call_; }
  SessionLoop& loop() { return loop_; }
  Session& session() { return session_; }

 private:
  void ReadOn();
  // Starts the next write, or ends the stream when there is nothing left to write. Precondition: no
  // write in flight.
  void WriteNext();
  void FinishIfNothingCanCome();
  void CheckForStall();

  rpc::ServerCall& call_;
  SessionLoop& loop_;
  TransportMetrics& metrics_;
  const StreamConfig& config_;
  Admission& admission_;
  const TimePoint opened_;
  Session session_;
  std::optional<Refusal> closing_;
  bool reading_ = false;
  bool half_closed_ = false;
  bool finished_ = false;
  std::vector<SharedBytes> taken_;
  std::vector<grpc::Slice> slices_;
  std::uint64_t writes_ = 0;
  std::uint64_t writes_at_check_ = 0;
  rpc::Loop::TimerId stall_timer_ = 0;
  rpc::Loop::TimerId close_timer_ = 0;
};

}  // namespace parley::gateway
