#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "services/common/kafka/connection_troubles.h"

namespace parley::kafka {

// What Parley takes of librdkafka's statistics document.
struct ClientStatistics {
  double queue_messages = 0;
  double queue_bytes = 0;
  double round_trip_seconds = 0;  // The mean over all brokers.
  double send_errors = 0;
  double receive_errors = 0;
  BrokersUp brokers;

  int brokers_up() const;
};
// Nothing when it is no such document.
[[nodiscard]] std::optional<ClientStatistics> ParseStatistics(std::string_view json);

// The gauges `parley_kafka_client_*` of one client. Thread-safe.
class ClientMetrics final {
 public:
  // `client` is the label's value: "producer", "reader", …
  ClientMetrics(prometheus::Registry& registry, const std::string& client);

  void Set(const ClientStatistics& statistics);

 private:
  prometheus::Gauge& queue_messages_;
  prometheus::Gauge& queue_bytes_;
  prometheus::Gauge& brokers_up_;
  prometheus::Gauge& round_trip_seconds_;
  prometheus::Gauge& send_errors_;
  prometheus::Gauge& receive_errors_;
};

}  // namespace parley::kafka
