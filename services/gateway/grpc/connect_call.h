#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "services/common/rpc/loop.h"
#include "services/common/rpc/server_call.h"
#include "services/gateway/grpc/admission.h"
#include "services/gateway/session/session.h"
#include "services/gateway/session/transport.h"
#include "services/gateway/session_loop.h"

namespace parley::gateway {

struct ConnectConfig {
  // A session that ends may take so long to read its last events and the status; then it is
  // cancelled.
  std::chrono::milliseconds close_linger{5000};
  // A client that has taken nothing of what is there for so long is cut off as a slow reader.
  std::chrono::milliseconds write_stall_max{60'000};
  WriteLimits write_limits;
};

// `parley.v1.Chat/Connect`: carries frames to a session and takes its events to the client, one
// write in flight, made of all the events that were ready, whose bytes are shared and not copied.
//
// Bytes that are no ClientFrame end the stream with ERROR_MALFORMED: first the event, then the
// status. A client that half-closes goes on receiving as long as it is in a channel or waits for an
// answer; then the stream ends with OK.
//
// Owned by its call; on the call's loop.
class ConnectCall final : public rpc::CallHandler, private Transport {
 public:
  ConnectCall(rpc::ServerCall& call, SessionLoop& loop, const ConnectConfig& config,
              Admission& admission);

  void OnMessage(rpc::Bytes message) override;
  void OnHalfClose() override;
  void OnWritten() override;
  void OnDone() override;

 private:
  // From the session.
  void Wake() override;
  void Close(const Refusal& reason) override;

  // Starts the next write, or ends the stream when there is nothing left to write. Precondition: no
  // write in flight.
  void WriteNext();
  void FinishIfNothingCanCome();
  void CheckForStall();

  rpc::ServerCall& call_;
  SessionLoop& loop_;
  const ConnectConfig& config_;
  Admission& admission_;
  const TimePoint opened_;
  Session session_;
  std::optional<Refusal> closing_;
  bool half_closed_ = false;
  bool finished_ = false;
  std::vector<SharedBytes> taken_;
  std::vector<grpc::Slice> slices_;
  std::uint64_t writes_ = 0;
  std::uint64_t writes_at_check_ = 0;
  rpc::Loop::TimerId stall_timer_ = 0;
  rpc::Loop::TimerId close_timer_ = 0;
};

// A stream that was turned away: it gets the reason as an event and as the status.
class RefusedConnect final : public rpc::CallHandler {
 public:
  RefusedConnect(rpc::ServerCall& call, const Refusal& refusal, const NativeEncoding& encoding);
  void OnMessage(rpc::Bytes) override {}
};

}  // namespace parley::gateway
