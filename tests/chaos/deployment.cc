#include "tests/chaos/deployment.h"

#include <filesystem>
#include <stdexcept>
#include <utility>

#include "tests/chaos/loopback.h"

namespace parley::chaos {
namespace {

constexpr std::chrono::seconds kReadyWithin{60};

int Take(std::vector<int>& ports) {
  const int port = ports.back();
  ports.pop_back();
  return port;
}

}  // namespace

std::string NameOf(ServiceKind kind) {
  switch (kind) {
    case ServiceKind::kGateway:
      return "gateway";
    case ServiceKind::kRouter:
      return "router";
    case ServiceKind::kPresence:
      break;
  }
  return "presence";
}

Deployment::Deployment(const DeploymentConfig& config)
    : config_(config),
      ports_(FreePorts(3 * config.gateways + config.routers + 2 * config.presences)) {
  std::filesystem::create_directories(config_.folder);
  std::string replicas;
  for (std::size_t i = 0; i < config_.presences; ++i) {
    presence_addresses_.push_back(Loopback(Take(ports_)));
    replicas += (replicas.empty() ? "" : ",") + presence_addresses_.back();
    Add(ServiceKind::kPresence, "parley-presence", {"--listen=" + presence_addresses_.back()});
  }
  for (std::size_t i = 0; i < config_.routers; ++i) {
    Add(ServiceKind::kRouter, "parley-router", {"--presence=" + replicas});
  }
  for (std::size_t i = 0; i < config_.gateways; ++i) {
    client_ports_.push_back(Take(ports_));
    link_ports_.push_back(Take(ports_));
    Add(ServiceKind::kGateway, "parley-gateway",
        {"--listen=" + Loopback(client_ports_.back()),
         "--link-listen=" + Loopback(link_ports_.back()),
         "--presence=" +
             (config_.one_replica_each ? PresenceAddress(i % config_.presences) : replicas)});
  }
}

void Deployment::Add(ServiceKind kind, const std::string& program,
                     std::vector<std::string> options) {
  const std::vector<std::string>& more = kind == ServiceKind::kGateway  ? config_.gateway_options
                                         : kind == ServiceKind::kRouter ? config_.router_options
                                                                        : config_.presence_options;
  Processes& processes = kind == ServiceKind::kGateway  ? gateways_
                         : kind == ServiceKind::kRouter ? routers_
                                                        : presences_;
  ServiceProcess::Spec spec;
  spec.name = NameOf(kind) + "-" + std::to_string(processes.size());
  const std::string programs = config_.programs.empty() ? PARLEY_BIN_DIR : config_.programs;
  spec.command = {programs + "/" + program, "--id=" + spec.name,
                  "--kafka-brokers=" + config_.brokers};
  spec.command.insert(spec.command.end(), options.begin(), options.end());
  spec.command.insert(spec.command.end(), more.begin(), more.end());
  spec.admin_port = Take(ports_);
  spec.log = config_.folder + "/" + spec.name + ".log";
  std::filesystem::remove(spec.log);
  processes.push_back(std::make_unique<ServiceProcess>(launcher_, std::move(spec)));
}

void Deployment::AdvertiseLink(std::size_t gateway, const std::string& address) {
  gateways_.at(gateway)->AddOption("--advertise-link=" + address);
}

void Deployment::Start() {
  ForEach([](ServiceKind, ServiceProcess& process) { process.Start(); });
  ForEach([](ServiceKind, ServiceProcess& process) {
    if (process.WaitReady(kReadyWithin)) return;
    throw std::runtime_error(process.name() + " is not ready: see " + process.log());
  });
}

std::vector<std::string> Deployment::TerminateAll(std::chrono::milliseconds timeout) {
  std::vector<std::string> complaints;
  const auto end = [&](ServiceProcess& process) {
    process.Continue();
    if (!process.Running()) return;
    const std::optional<int> code = process.Terminate(timeout);
    if (code == 0) return;
    complaints.push_back(process.name() + " was asked to end and " +
                         (code ? "ended with " + std::to_string(*code) : "did not") + ": see " +
                         process.log());
  };
  for (const Processes* processes : {&gateways_, &routers_, &presences_}) {
    for (const auto& process : *processes) end(*process);
  }
  return complaints;
}

void Deployment::ForEach(const std::function<void(ServiceKind, ServiceProcess&)>& visit) {
  for (const ServiceKind kind :
       {ServiceKind::kPresence, ServiceKind::kRouter, ServiceKind::kGateway}) {
    for (const auto& process : Of(kind)) visit(kind, *process);
  }
}

const Deployment::Processes& Deployment::Of(ServiceKind kind) const {
  switch (kind) {
    case ServiceKind::kGateway:
      return gateways_;
    case ServiceKind::kRouter:
      return routers_;
    case ServiceKind::kPresence:
      break;
  }
  return presences_;
}

std::string Deployment::GatewayAddress(std::size_t gateway) const {
  return Loopback(client_ports_.at(gateway));
}

double Deployment::Metric(ServiceKind kind, const std::string& name) const {
  double sum = 0;
  for (const auto& process : Of(kind)) sum += process->Metric(name).value_or(0);
  return sum;
}

std::vector<std::string> Deployment::Crashes() const {
  std::vector<std::string> all;
  for (const Processes* processes : {&gateways_, &routers_, &presences_}) {
    for (const auto& process : *processes) {
      const std::vector<std::string> crashes = process->crashes();
      all.insert(all.end(), crashes.begin(), crashes.end());
    }
  }
  return all;
}

}  // namespace parley::chaos
