#include "services/common/kafka/kafka_metrics.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace parley::kafka {
namespace {

prometheus::Gauge& MakeGauge(prometheus::Registry& registry, const char* name, const char* help,
                             const std::string& client) {
  return prometheus::BuildGauge()
      .Name(std::string("parley_kafka_client_") + name)
      .Help(help)
      .Register(registry)
      .Add({{"client", client}});
}

double NumberOr0(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

}  // namespace

ClientMetrics::ClientMetrics(prometheus::Registry& registry, const std::string& client)
    : queue_messages_(MakeGauge(registry, "queue_messages",
                                "Records that wait to be sent or are in flight.", client)),
      queue_bytes_(MakeGauge(registry, "queue_bytes",
                             "Bytes of the records that wait to be sent or are in flight.",
                             client)),
      brokers_up_(MakeGauge(registry, "brokers_up", "Brokers with a working connection.", client)),
      round_trip_seconds_(MakeGauge(registry, "round_trip_seconds",
                                    "Mean time from a request to its answer over all brokers.",
                                    client)),
      send_errors_(MakeGauge(registry, "send_errors",
                             "Requests that could not be sent since the start.", client)),
      receive_errors_(MakeGauge(registry, "receive_errors",
                                "Answers that could not be received since the start.", client)) {}

int ClientStatistics::brokers_up() const {
  return static_cast<int>(
      std::ranges::count_if(brokers, [](const auto& broker) { return broker.second; }));
}

std::optional<ClientStatistics> ParseStatistics(std::string_view json) {
  const nlohmann::json document = nlohmann::json::parse(json, nullptr, false);
  if (!document.is_object()) return std::nullopt;

  ClientStatistics statistics;
  double round_trips_us = 0;
  const nlohmann::json brokers = document.value("brokers", nlohmann::json::object());
  for (const auto& [name, broker] : brokers.items()) {
    if (!broker.is_object()) continue;
    const bool up = broker.value("state", "") == "UP";
    statistics.brokers[name] = up;
    if (up) round_trips_us += NumberOr0(broker.value("rtt", nlohmann::json::object()), "avg");
    statistics.send_errors += NumberOr0(broker, "txerrs");
    statistics.receive_errors += NumberOr0(broker, "rxerrs");
  }
  statistics.queue_messages = NumberOr0(document, "msg_cnt");
  statistics.queue_bytes = NumberOr0(document, "msg_size");
  const int up = statistics.brokers_up();
  statistics.round_trip_seconds = up == 0 ? 0 : round_trips_us / up / 1e6;
  return statistics;
}

void ClientMetrics::Set(const ClientStatistics& statistics) {
  queue_messages_.Set(statistics.queue_messages);
  queue_bytes_.Set(statistics.queue_bytes);
  brokers_up_.Set(statistics.brokers_up());
  round_trip_seconds_.Set(statistics.round_trip_seconds);
  send_errors_.Set(statistics.send_errors);
  receive_errors_.Set(statistics.receive_errors);
}

}  // namespace parley::kafka
