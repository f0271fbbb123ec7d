#pragma once

#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "parley/edge/v1/chat.pb.h"
#include "services/common/clock.h"
#include "services/common/kafka/producer.h"

namespace parley::gateway {

// What a gateway counts. Thread-safe; hot paths count once per batch or write. Each name begins
// with `parley_gateway_`.

// Publishes and what became of them.
struct PublishMetrics {
  explicit PublishMetrics(prometheus::Registry& registry);

  void Reported(kafka::StoreOutcome outcome, Duration since_received);
  // Before it came to the log.
  void Refused(edge::v1::ErrorCode code);

  prometheus::Counter& stored;
  prometheus::Counter& not_stored;
  prometheus::Counter& unknown;
  prometheus::Counter& busy;
  prometheus::Counter& unavailable;
  prometheus::Counter& invalid;
  prometheus::Counter& stalls;
  prometheus::Histogram& duration_seconds;
};

// Sessions of one transport and what is written to them.
struct TransportMetrics {
  TransportMetrics(prometheus::Registry& registry, const std::string& transport);

  prometheus::Gauge& sessions;
  prometheus::Counter& sessions_opened;
  prometheus::Counter& deliveries;       // Messages written, once for each session.
  prometheus::Counter& delivered_bytes;  // All events that were written.
  prometheus::Counter& writes;           // Each of one or more events.
};

// Sessions of all transports, and the messages on their way to them.
struct SessionMetrics {
  explicit SessionMetrics(prometheus::Registry& registry);

  // A stream that never became a session.
  void Refused(edge::v1::ErrorCode code);
  // ERROR_UNSPECIFIED: the client went by itself.
  void Closed(edge::v1::ErrorCode code);

  prometheus::Gauge& max;  // Of all transports together.
  prometheus::Counter& refused_full;
  prometheus::Counter& refused_draining;
  prometheus::Counter& closed_client;
  prometheus::Counter& closed_slow_reader;
  prometheus::Counter& closed_draining;
  prometheus::Counter& closed_hello_timeout;
  prometheus::Counter& closed_protocol;
  // Foreign streams, which end where a native one is only told.
  prometheus::Counter& closed_failed;
  prometheus::Histogram& duration_seconds;
  prometheus::Gauge& outbox_bytes;
  // One for each channel and session loop that has members of it.
  prometheus::Gauge& channels;
  // How often a message was turned into bytes: once per encoding, however many sessions get it.
  prometheus::Counter& encodings;
  // From the sender's gateway to the outboxes; once per message and session loop.
  prometheus::Histogram& delivery_latency_seconds;
  prometheus::Counter& resumes_recovered;
  prometheus::Counter& resumes_not_recovered;
  // What a session asked for beyond its own limits.
  prometheus::Counter& limited_channels;
  prometheus::Counter& limited_publishes;
  prometheus::Counter& limited_reads;
  prometheus::Gauge& draining;
  prometheus::Counter& drain_sessions_forced;
};

struct GatewayMetrics {
  explicit GatewayMetrics(prometheus::Registry& registry)
      : publishes(registry),
        sessions(registry),
        grpc(registry, "grpc"),
        compat(registry, "compat") {}

  PublishMetrics publishes;
  SessionMetrics sessions;
  TransportMetrics grpc;
  TransportMetrics compat;  // The foreign services together.
};

}  // namespace parley::gateway
