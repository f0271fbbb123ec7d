#pragma once

#include <string>
#include <string_view>

#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace parley::kafka {

// The gauges `parley_kafka_client_*` of one client, set from librdkafka's statistics. Thread-safe.
class ClientMetrics final {
 public:
  // `client` is the label's value: "producer", "reader", …
  ClientMetrics(prometheus::Registry& registry, const std::string& client);

  // Takes librdkafka's statistics document. Returns how many brokers are connected.
  int Update(std::string_view statistics_json);

 private:
  prometheus::Gauge& queue_messages_;
  prometheus::Gauge& queue_bytes_;
  prometheus::Gauge& brokers_up_;
  prometheus::Gauge& round_trip_seconds_;
  prometheus::Gauge& send_errors_;
  prometheus::Gauge& receive_errors_;
};

}  // namespace parley::kafka
