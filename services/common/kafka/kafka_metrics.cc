#include "services/common/kafka/kafka_metrics.h"

#include <cstdint>
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

int ClientMetrics::Update(std::string_view statistics_json) {
  const nlohmann::json statistics = nlohmann::json::parse(statistics_json, nullptr, false);
  if (!statistics.is_object()) return 0;

  int up = 0;
  double round_trip_us = 0;
  double send_errors = 0;
  double receive_errors = 0;
  for (const nlohmann::json& broker : statistics.value("brokers", nlohmann::json::object())) {
    if (!broker.is_object()) continue;
    if (broker.value("state", "") == "UP") {
      ++up;
      round_trip_us += NumberOr0(broker.value("rtt", nlohmann::json::object()), "avg");
    }
    send_errors += NumberOr0(broker, "txerrs");
    receive_errors += NumberOr0(broker, "rxerrs");
  }
  queue_messages_.Set(NumberOr0(statistics, "msg_cnt"));
  queue_bytes_.Set(NumberOr0(statistics, "msg_size"));
  brokers_up_.Set(up);
  round_trip_seconds_.Set(up == 0 ? 0 : round_trip_us / up / 1e6);
  send_errors_.Set(send_errors);
  receive_errors_.Set(receive_errors);
  return up;
}

}  // namespace parley::kafka
