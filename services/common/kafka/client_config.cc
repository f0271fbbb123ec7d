#include "services/common/kafka/client_config.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>

#include "services/common/kafka/conf.h"
#include "services/common/process/options.h"

namespace parley::kafka {
namespace {

// What is wrong with a property that names a file. librdkafka says it in OpenSSL's words.
std::optional<std::string> UnreadableFile(const ClientConfig& config) {
  constexpr const char* kLookForOne = "probe";  // Of ssl.ca.location.
  for (const auto& [name, path] : config.properties) {
    if (!name.ends_with(".location") || path.empty() || path == kLookForOne) continue;
    if (access(path.c_str(), R_OK) == 0) continue;
    return "kafka property " + name + "=" + path + ": " + std::strerror(errno) +
           "; name a file that this program may read";
  }
  return std::nullopt;
}

// librdkafka's complaint of a property, before anything starts. Some it judges by itself, others
// (a certificate's path, a mechanism without a user) only when a client is made; this one knows no
// broker, so that it connects to none.
std::optional<std::string> Complaint(const ClientConfig& config) {
  if (auto unreadable = UnreadableFile(config)) return unreadable;
  ClientConfig nowhere = config;
  nowhere.brokers.clear();
  ClientCallbacks silent;
  try {
    for (const ClientKind kind : {ClientKind::kProducer, ClientKind::kGroupMember}) {
      static_cast<void>(MakeClient(kind, nowhere, silent));
    }
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return std::nullopt;
}

}  // namespace

void ClientConfig::Describe(process::Options& options) {
  options.Section("Kafka");
  options.Text("kafka-brokers", brokers, "Brokers to start from, as HOST:PORT,HOST:PORT.");
  DescribeProperties(options);
}

void ClientConfig::DescribeProperties(process::Options& options) {
  options.Map("kafka-property", properties,
              "Any librdkafka property, for SASL, TLS and the like; wins over what Parley sets.");
  options.Check([this] { return Complaint(*this); });
}

}  // namespace parley::kafka
