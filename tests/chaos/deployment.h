#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/chaos/launcher.h"
#include "tests/chaos/service_process.h"

namespace parley::chaos {

enum class ServiceKind { kGateway, kRouter, kPresence };

struct DeploymentConfig {
  std::string programs;  // The folder of the programs; empty: where this build's are.
  std::string folder;    // For logs; made when it is not there.
  std::string brokers;   // Where the topics are made already.
  std::size_t gateways = 3;
  std::size_t routers = 2;
  std::size_t presences = 2;
  bool one_replica_each = false;  // A gateway knows one presence replica: each the next one.
  // Options for all of a kind, beside addresses and names.
  std::vector<std::string> gateway_options;
  std::vector<std::string> router_options;
  std::vector<std::string> presence_options;
};

// A whole Parley of real processes on 127.0.0.1. A process keeps its ports and its name when it is
// started again, so what its peers and clients know stays true. Nothing is left of it when it is
// destroyed, or when this process dies. Any thread.
class Deployment final {
 public:
  explicit Deployment(const DeploymentConfig& config);

  // Routers and presence replicas are told to reach this gateway's links at `address`, which
  // forwards to `LinkPort`. Before `Start`.
  void AdvertiseLink(std::size_t gateway, const std::string& address);
  // Starts everything and waits until all of it is ready. Throws std::runtime_error with who is
  // not.
  void Start();
  // SIGTERM to everything that runs, and waits. Each that did not end with 0: a line.
  [[nodiscard]] std::vector<std::string> TerminateAll(std::chrono::milliseconds timeout);

  std::size_t count(ServiceKind kind) const { return Of(kind).size(); }
  ServiceProcess& process(ServiceKind kind, std::size_t index) { return *Of(kind).at(index); }
  ServiceProcess& gateway(std::size_t index) { return process(ServiceKind::kGateway, index); }
  ServiceProcess& router(std::size_t index) { return process(ServiceKind::kRouter, index); }
  ServiceProcess& presence(std::size_t index) { return process(ServiceKind::kPresence, index); }
  void ForEach(const std::function<void(ServiceKind, ServiceProcess&)>& visit);

  std::string GatewayAddress(std::size_t gateway) const;  // For clients.
  std::string PresenceAddress(std::size_t presence) const {
    return presence_addresses_.at(presence);
  }
  int LinkPort(std::size_t gateway) const { return link_ports_.at(gateway); }

  // The sum of a metric over the processes that answer.
  [[nodiscard]] double Metric(ServiceKind kind, const std::string& name) const;
  // How processes ended that nobody had asked to.
  [[nodiscard]] std::vector<std::string> Crashes() const;

 private:
  using Processes = std::vector<std::unique_ptr<ServiceProcess>>;

  const Processes& Of(ServiceKind kind) const;
  void Add(ServiceKind kind, const std::string& program, std::vector<std::string> options);

  const DeploymentConfig config_;
  std::vector<int> ports_;  // Not given away yet.
  std::vector<int> client_ports_;
  std::vector<int> link_ports_;
  std::vector<std::string> presence_addresses_;
  Launcher launcher_;
  Processes gateways_;
  Processes routers_;
  Processes presences_;
};

// `gateway`, `router` or `presence`.
std::string NameOf(ServiceKind kind);

}  // namespace parley::chaos
