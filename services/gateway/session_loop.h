#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "services/common/clock.h"
#include "services/common/rpc/loop.h"
#include "services/gateway/gateway_metrics.h"
#include "services/gateway/hub/hub.h"
#include "services/gateway/hub/loop_inbox.h"
#include "services/gateway/publish/kafka_log_writer.h"
#include "services/gateway/publish/publisher.h"
#include "services/gateway/publish/uuid_source.h"
#include "services/gateway/session/native_encoding.h"
#include "services/gateway/session/session.h"

namespace parley::gateway {

// What the session loops of a gateway have in common; all of it outlives them.
struct SessionLoopPorts {
  FeedPort& feed;
  RosterPort& roster;
  AnnouncerPort& announcer;
  kafka::Producer& producer;
  Backlog& backlog;
};

// Everything that lives on one loop of the public server: its hub, its publisher, and their clock.
// Sessions are made by the adapters, on the loop. Made and destroyed off the loop; before it is
// destroyed the loop is stopped, and so is whatever may still call its inbox.
class SessionLoop final {
 public:
  SessionLoop(rpc::Loop& loop, const SessionConfig& session_config,
              const PublisherConfig& publisher_config, const ServerId& server,
              const SessionLoopPorts& ports, GatewayMetrics& metrics, const Clock& clock,
              std::uint64_t seed);
  SessionLoop(const SessionLoop&) = delete;
  SessionLoop& operator=(const SessionLoop&) = delete;

  // On the loop. Asks up to `count` sessions to go, and closes those that have not gone after
  // `linger`.
  void DrainSome(std::size_t count, std::uint32_t reconnect_within_ms, Duration linger);
  // On the loop. Closes all that are left; returns how many.
  std::size_t CloseAll();

  rpc::Loop& loop() { return loop_; }
  Hub& hub() { return hub_; }
  Publisher& publisher() { return publisher_; }
  const NativeEncoding& native_encoding() const { return native_encoding_; }
  GatewayMetrics& metrics() { return metrics_; }
  const Clock& clock() const { return clock_; }
  SessionContext session_context() { return {session_config_, server_, hub_, publisher_}; }
  SessionId NewSessionId() { return SessionId(uuids_.Next()); }
  Arrival Now() const { return {clock_.Now(), clock_.SinceUnixEpoch()}; }

 private:
  rpc::Loop& loop_;
  const SessionConfig session_config_;
  const ServerId server_;
  GatewayMetrics& metrics_;
  const Clock& clock_;
  const NativeEncoding native_encoding_;
  UuidSource uuids_;
  KafkaLogWriter log_writer_;
  Publisher publisher_;
  LoopInbox inbox_;
  Hub hub_;
};

using SessionLoops = std::vector<std::unique_ptr<SessionLoop>>;

// What lives on `loop`, which is one of theirs.
SessionLoop& LoopOf(const SessionLoops& loops, const rpc::Loop& loop);

}  // namespace parley::gateway
