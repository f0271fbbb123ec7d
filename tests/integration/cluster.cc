#include "tests/integration/cluster.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/integration/brokers.h"

namespace parley::test {
namespace {

constexpr std::chrono::seconds kReadyWithin{60};
constexpr const char* kAnyPort = "127.0.0.1:0";
constexpr std::chrono::milliseconds kNoTime{0};

standalone::StandaloneConfig ConfigOf(Cluster::Size size) {
  standalone::StandaloneConfig config;
  config.gateways = size.gateways;
  config.routers = size.routers;
  config.presences = size.presences;
  return config;
}

// The body of a GET, read until the server closes.
std::string HttpGet(const std::string& address, const std::string& path) {
  const std::size_t colon = address.rfind(':');
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.substr(0, colon).c_str(), address.substr(colon + 1).c_str(), &hints,
                  &found) != 0) {
    throw std::runtime_error("no such address: " + address);
  }
  const int socket_fd = socket(found->ai_family, found->ai_socktype, 0);
  const int connected = connect(socket_fd, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  const std::string request =
      "GET " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
  std::string answer;
  if (connected == 0 && write(socket_fd, request.data(), request.size()) > 0) {
    char buffer[16 * 1024];
    for (ssize_t size = 0; (size = read(socket_fd, buffer, sizeof buffer)) > 0;) {
      answer.append(buffer, static_cast<std::size_t>(size));
    }
  }
  close(socket_fd);
  if (answer.empty()) throw std::runtime_error("no answer from " + address + path);
  return answer;
}

}  // namespace

Cluster::Cluster(Size size) : Cluster(ConfigOf(size)) {}

Cluster::Cluster(standalone::StandaloneConfig config) {
  config.kafka.brokers = GivenBrokers();
  config.gateway.listen = config.gateway.link_listen = kAnyPort;
  config.gateway.admin_listen = config.router.admin_listen = config.presence.admin_listen =
      kAnyPort;
  config.presence.listen = kAnyPort;
  // A test does not wait for clients that will not go.
  config.gateway.drain = {.announce = kNoTime, .window = kNoTime, .linger = kNoTime};
  const Logger logger("test", LogLevel::kWarn, Logger::Format::kText);
  standalone_ = std::make_unique<standalone::Standalone>(config, clock_, logger);
  endpoints_ = standalone_->endpoints();
  WaitUntilReady();
}

void Cluster::WaitUntilReady() {
  const TimePoint deadline = clock_.Now() + kReadyWithin;
  while (!standalone_->NotReady().empty()) {
    if (clock_.Now() > deadline) {
      throw std::runtime_error("the cluster is not ready: " + standalone_->NotReady());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));  // Between looks.
  }
}

std::string Cluster::Gateway(std::size_t index) const {
  return endpoints_.gateways[index % endpoints_.gateways.size()].grpc;
}

std::string Cluster::GatewayAdmin(std::size_t index) const {
  return endpoints_.gateways.at(index).admin;
}

std::string Cluster::RouterAdmin(std::size_t index) const {
  return endpoints_.routers.at(index).admin;
}

std::string Cluster::Broker() const { return endpoints_.broker; }

kafka::EmbeddedBroker& Cluster::embedded_broker() { return *standalone_->embedded_broker(); }

void Cluster::StopRouters() { standalone_->StopRouters(); }

void Cluster::StartRouters() {
  standalone_->StartRouters();
  endpoints_ = standalone_->endpoints();
  WaitUntilReady();
}

double Cluster::Metric(const std::string& admin_address, const std::string& name) {
  std::istringstream lines(HttpGet(admin_address, "/metrics"));
  double sum = 0;
  for (std::string line; std::getline(lines, line);) {
    const bool whole_name =
        line.size() > name.size() && line.starts_with(name) &&
        (name.back() == '}' || line[name.size()] == ' ' || line[name.size()] == '{');
    if (whole_name) sum += std::strtod(line.c_str() + line.rfind(' '), nullptr);
  }
  return sum;
}

std::string FreshChannel(const std::string& stem) {
  static std::atomic<int> next = 0;
  return stem + "-" + std::to_string(getpid()) + "-" + std::to_string(++next);
}

}  // namespace parley::test
