#include "standalone/standalone.h"

#include <optional>

#include <nlohmann/json.hpp>

namespace parley::standalone {
namespace {

constexpr int kInstancesMax = 100;

// The same host, on a port that is free.
std::string OnAnyPort(const std::string& address) {
  return address.substr(0, address.rfind(':') + 1) + "0";
}

std::string Numbered(const std::string& stem, int index) {
  return stem + "-" + std::to_string(index + 1);
}

template <class EndpointsOfOne>
nlohmann::json ToJson(const std::vector<EndpointsOfOne>& endpoints) {
  nlohmann::json list = nlohmann::json::array();
  for (const EndpointsOfOne& one : endpoints) {
    nlohmann::json entry = {{"id", one.id}, {"admin", one.admin}};
    if (!one.grpc.empty()) entry["grpc"] = one.grpc;
    if (!one.link.empty()) entry["link"] = one.link;
    list.push_back(entry);
  }
  return list;
}

template <class Service>
std::string FirstNotReady(const std::vector<std::unique_ptr<Service>>& services) {
  for (const auto& service : services) {
    const std::string missing = service->NotReady();
    if (!missing.empty()) return service->endpoints().id + ": " + missing;
  }
  return "";
}

// The embedded broker speaks plaintext and knows no users.
std::optional<std::string> UnusedProperties(const kafka::ClientConfig& kafka) {
  if (!kafka.brokers.empty() || kafka.properties.empty()) return std::nullopt;
  return "--kafka-property is for Kafka: say with --brokers where it is";
}

}  // namespace

StandaloneConfig::StandaloneConfig() {
  kafka.brokers.clear();
  gateway.listen = "127.0.0.1:50051";
  gateway.link_listen = "127.0.0.1:50052";
  gateway.admin_listen = "127.0.0.1:9102";
  gateway.session_loops = 1;
  gateway.sessions_max = 10'000;  // Several gateways share the process' descriptors.
  presence.listen = "127.0.0.1:50061";
  presence.admin_listen = router.admin_listen = "127.0.0.1:0";
  // Nobody else is there to take the clients in.
  gateway.drain.announce = gateway.drain.window = std::chrono::milliseconds(0);
  gateway.drain.linger = std::chrono::milliseconds(500);
}

void StandaloneConfig::Describe(process::Options& options) {
  options.Section("How many");
  options.Number("gateways", gateways, 1, kInstancesMax, "Gateways in this process.");
  options.Number("routers", routers, 1, kInstancesMax, "Routers in this process.");
  options.Number("presences", presences, 1, kInstancesMax, "Presence replicas in this process.");
  options.Section("Where");
  options.Text("brokers", kafka.brokers,
               "Kafka brokers, as HOST:PORT,…; by default an embedded broker that forgets "
               "everything when it stops.");
  options.Text("listen", gateway.listen, "Address of the first gateway for clients (gRPC).");
  options.Text("link-listen", gateway.link_listen, "Address of the first gateway for routers.");
  options.Text("presence-listen", presence.listen, "Address of the first presence replica.");
  options.Text("admin-listen", gateway.admin_listen, "Admin address of the first gateway.");
  options.Text("print-endpoints", print_endpoints,
               "File that gets all addresses as JSON when everything is ready.");
  kafka.DescribeProperties(options);
  options.Check([this] { return UnusedProperties(kafka); });
  gateway.DescribeCompat(options);
  options.Section("Limits");
  options.Size("outbox-bytes-max", gateway.session.outbox_bytes_max, 256 * 1024,
               std::size_t{1} << 30, "What may wait for one session before it is cut off.");
}

std::string ToJson(const Endpoints& endpoints) {
  const nlohmann::json json = {{"broker", endpoints.broker},
                               {"gateways", ToJson(endpoints.gateways)},
                               {"routers", ToJson(endpoints.routers)},
                               {"presences", ToJson(endpoints.presences)}};
  return json.dump(2) + "\n";
}

Standalone::Standalone(const StandaloneConfig& config, const Clock& clock, const Logger& logger)
    : config_(config), clock_(clock), logger_(logger) {
  kafka::ClientConfig kafka = config.kafka;
  if (kafka.brokers.empty()) {
    logger_.Info("the embedded broker forgets everything when this process stops");
    embedded_broker_ = std::make_unique<kafka::EmbeddedBroker>(config.embedded_broker);
    kafka.brokers = embedded_broker_->address();
    kafka.embedded = true;
  }
  config_.gateway.kafka = config_.router.kafka = config_.presence.kafka = kafka;
  StartPresences();
  StartRouters();
  StartGateways();
}

Standalone::~Standalone() = default;

void Standalone::StartPresences() {
  presence::PresenceConfig one = config_.presence;
  for (int i = 0; i < config_.presences; ++i) {
    one.id = Numbered("presence", i);
    presences_.push_back(std::make_unique<presence::Presence>(one, clock_, logger_.Named(one.id)));
    presence_addresses_.push_back(presences_.back()->endpoints().grpc);
    one.listen = OnAnyPort(one.listen);
    one.admin_listen = OnAnyPort(one.admin_listen);
  }
}

void Standalone::StartRouters() {
  router::RouterConfig one = config_.router;
  one.presence_addresses = presence_addresses_;
  for (int i = 0; i < config_.routers; ++i) {
    one.id = Numbered("router", i);
    routers_.push_back(std::make_unique<router::Router>(one, clock_, logger_.Named(one.id)));
    one.admin_listen = OnAnyPort(one.admin_listen);
  }
}

void Standalone::StartGateways() {
  gateway::GatewayConfig one = config_.gateway;
  one.presence_addresses = presence_addresses_;
  for (int i = 0; i < config_.gateways; ++i) {
    one.id = Numbered("gateway", i);
    gateways_.push_back(std::make_unique<gateway::Gateway>(one, clock_, logger_.Named(one.id)));
    one.listen = OnAnyPort(one.listen);
    one.link_listen = OnAnyPort(one.link_listen);
    one.admin_listen = OnAnyPort(one.admin_listen);
  }
}

Endpoints Standalone::endpoints() const {
  Endpoints all;
  all.broker = config_.gateway.kafka.brokers;
  for (const auto& gateway : gateways_) all.gateways.push_back(gateway->endpoints());
  for (const auto& router : routers_) all.routers.push_back(router->endpoints());
  for (const auto& presence : presences_) all.presences.push_back(presence->endpoints());
  return all;
}

std::string Standalone::NotReady() const {
  std::string missing = FirstNotReady(presences_);
  if (missing.empty()) missing = FirstNotReady(routers_);
  if (missing.empty()) missing = FirstNotReady(gateways_);
  return missing;
}

void Standalone::Stop() {
  for (const auto& gateway : gateways_) gateway->Stop();
  for (const auto& router : routers_) router->Stop();
  for (const auto& presence : presences_) presence->Stop();
}

}  // namespace parley::standalone
