#include "services/common/kafka/client_config.h"

#include <optional>
#include <stdexcept>
#include <string>

#include "services/common/kafka/conf.h"
#include "services/common/process/options.h"

namespace parley::kafka {
namespace {

// librdkafka's complaint of a property, before anything starts.
std::optional<std::string> Complaint(const ClientConfig& config) {
  ClientCallbacks silent;
  try {
    static_cast<void>(MakeConf(ClientKind::kReader, config, silent));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return std::nullopt;
}

}  // namespace

void ClientConfig::Describe(process::Options& options) {
  options.Section("Kafka");
  options.Text("kafka-brokers", brokers, "Brokers to start from, as HOST:PORT,HOST:PORT.");
  options.Map("kafka-property", properties,
              "Any librdkafka property, for SASL, TLS and the like; wins over what Parley sets.");
  options.Check([this] { return Complaint(*this); });
}

}  // namespace parley::kafka
