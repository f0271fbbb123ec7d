#include "services/gateway/gateway_metrics.h"

#include <chrono>

#include "services/common/process/histogram.h"

namespace parley::gateway {
namespace {

prometheus::Counter& NewCounter(prometheus::Registry& registry, const std::string& name,
                                const std::string& help, const prometheus::Labels& labels = {}) {
  return prometheus::BuildCounter()
      .Name("parley_gateway_" + name)
      .Help(help)
      .Register(registry)
      .Add(labels);
}

prometheus::Gauge& NewGauge(prometheus::Registry& registry, const std::string& name,
                            const std::string& help, const prometheus::Labels& labels = {}) {
  return prometheus::BuildGauge()
      .Name("parley_gateway_" + name)
      .Help(help)
      .Register(registry)
      .Add(labels);
}

prometheus::Histogram& NewHistogram(prometheus::Registry& registry, const std::string& name,
                                    const std::string& help,
                                    const prometheus::Histogram::BucketBoundaries& buckets) {
  return prometheus::BuildHistogram()
      .Name("parley_gateway_" + name)
      .Help(help)
      .Register(registry)
      .Add({}, buckets);
}

prometheus::Counter& Published(prometheus::Registry& registry, const std::string& result) {
  return NewCounter(registry, "publishes_total", "Publishes, by what became of them.",
                    {{"result", result}});
}

prometheus::Counter& Refused(prometheus::Registry& registry, const std::string& reason) {
  return NewCounter(registry, "sessions_refused_total", "Streams that were turned away.",
                    {{"reason", reason}});
}

prometheus::Counter& Closed(prometheus::Registry& registry, const std::string& reason) {
  return NewCounter(registry, "sessions_closed_total", "Sessions that ended, by the reason.",
                    {{"reason", reason}});
}

prometheus::Counter& Resumed(prometheus::Registry& registry, const std::string& result) {
  return NewCounter(registry, "resumes_total", "Joins that named a position.",
                    {{"result", result}});
}

prometheus::Counter& Limited(prometheus::Registry& registry, const std::string& what) {
  return NewCounter(registry, "session_limits_total",
                    "Requests of sessions that were refused for a limit of one session.",
                    {{"limit", what}});
}

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

PublishMetrics::PublishMetrics(prometheus::Registry& registry)
    : stored(Published(registry, "stored")),
      not_stored(Published(registry, "not_stored")),
      unknown(Published(registry, "unknown")),
      busy(Published(registry, "busy")),
      unavailable(Published(registry, "unavailable")),
      invalid(Published(registry, "invalid")),
      stalls(NewCounter(registry, "stalls_total",
                        "Session loops that stood still so long that publishes are refused.", {})),
      duration_seconds(NewHistogram(registry, "publish_duration_seconds",
                                    "From the arrival of a publish to Kafka's ack.",
                                    process::LatencyBuckets())) {}

void PublishMetrics::Reported(kafka::StoreOutcome outcome, Duration since_received) {
  switch (outcome) {
    case kafka::StoreOutcome::kStored:
      duration_seconds.Observe(Seconds(since_received));
      return stored.Increment();
    case kafka::StoreOutcome::kNotStored:
      return not_stored.Increment();
    case kafka::StoreOutcome::kUnknown:
      return unknown.Increment();
  }
}

void PublishMetrics::Refused(edge::v1::ErrorCode code) {
  if (code == edge::v1::ERROR_BUSY) {
    busy.Increment();
  } else if (code == edge::v1::ERROR_UNAVAILABLE) {
    unavailable.Increment();
  } else {
    invalid.Increment();
  }
}

TransportMetrics::TransportMetrics(prometheus::Registry& registry, const std::string& transport)
    : sessions(NewGauge(registry, "sessions", "Sessions now.", {{"transport", transport}})),
      sessions_opened(NewCounter(registry, "sessions_opened_total", "Sessions that began.",
                                 {{"transport", transport}})),
      deliveries(NewCounter(registry, "deliveries_total",
                            "Messages written to sessions, each once per session.",
                            {{"transport", transport}})),
      delivered_bytes(NewCounter(registry, "delivered_bytes_total", "Bytes written to sessions.",
                                 {{"transport", transport}})),
      writes(NewCounter(registry, "writes_total", "Writes, each of all events that were ready.",
                        {{"transport", transport}})) {}

SessionMetrics::SessionMetrics(prometheus::Registry& registry)
    : max(NewGauge(registry, "sessions_max", "As many sessions as may be here at a time.")),
      refused_full(gateway::Refused(registry, "full")),
      refused_draining(gateway::Refused(registry, "draining")),
      closed_client(gateway::Closed(registry, "client")),
      closed_slow_reader(gateway::Closed(registry, "slow_reader")),
      closed_draining(gateway::Closed(registry, "draining")),
      closed_hello_timeout(gateway::Closed(registry, "hello_timeout")),
      closed_protocol(gateway::Closed(registry, "protocol")),
      closed_failed(gateway::Closed(registry, "failed")),
      duration_seconds(NewHistogram(registry, "session_duration_seconds", "How long sessions last.",
                                    {1, 10, 60, 300, 900, 3600, 4 * 3600, 24 * 3600})),
      outbox_bytes(NewGauge(registry, "outbox_bytes", "Bytes that wait to be written.")),
      channels(NewGauge(registry, "channels",
                        "Channels with members here, each once per session loop.")),
      encodings(NewCounter(registry, "encodings_total",
                           "Messages turned into bytes: once per encoding, whoever gets them.")),
      delivery_latency_seconds(NewHistogram(
          registry, "delivery_latency_seconds",
          "From the sender's gateway to the outboxes of a session loop, once per message.",
          process::LatencyBuckets())),
      resumes_recovered(Resumed(registry, "recovered")),
      resumes_not_recovered(Resumed(registry, "not_recovered")),
      limited_channels(Limited(registry, "channels")),
      limited_publishes(Limited(registry, "publishes")),
      limited_reads(Limited(registry, "reads")),
      draining(NewGauge(registry, "draining", "1 while the gateway drains.")),
      drain_sessions_forced(NewCounter(registry, "drain_sessions_forced_total",
                                       "Sessions that were closed at the end of draining.")) {}

void SessionMetrics::Refused(edge::v1::ErrorCode code) {
  (code == edge::v1::ERROR_FULL ? refused_full : refused_draining).Increment();
}

void SessionMetrics::Closed(edge::v1::ErrorCode code) {
  switch (code) {
    case edge::v1::ERROR_UNSPECIFIED:
      return closed_client.Increment();
    case edge::v1::ERROR_SLOW_READER:
      return closed_slow_reader.Increment();
    case edge::v1::ERROR_DRAINING:
      return closed_draining.Increment();
    case edge::v1::ERROR_HELLO_TIMEOUT:
      return closed_hello_timeout.Increment();
    case edge::v1::ERROR_UNAVAILABLE:
    case edge::v1::ERROR_OUTCOME_UNKNOWN:
    case edge::v1::ERROR_BUSY:
    case edge::v1::ERROR_JOIN_TIMEOUT:
      return closed_failed.Increment();
    default:
      return closed_protocol.Increment();
  }
}

}  // namespace parley::gateway
