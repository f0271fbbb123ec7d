#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/chaos/deployment.h"
#include "tests/presence/given.h"
#include "tests/presence/members.h"
#include "tests/presence/replica.h"

namespace parley::presence_test {

using std::chrono::seconds;

// Gateways, a router and two presence replicas, and a question to each replica.
class World : public testing::Test {
 protected:
  World() : folder_(std::filesystem::temp_directory_path() / Fresh("parley-presence")) {}
  ~World() override {
    deployment_.reset();
    if (!HasFailure()) std::filesystem::remove_all(folder_);
  }

  void StartWorld(std::size_t gateways) {
    chaos::DeploymentConfig config;
    config.folder = folder_.string();
    config.brokers = GivenBrokers();
    config.gateways = gateways;
    config.routers = 1;
    deployment_ = std::make_unique<chaos::Deployment>(config);
    deployment_->Start();
    for (std::size_t i = 0; i < deployment_->count(chaos::ServiceKind::kPresence); ++i) {
      const std::string address = OptionOf(deployment_->presence(i), "--listen");
      replicas_.push_back(std::make_unique<Replica>(address));
    }
  }

  chaos::Deployment& deployment() { return *deployment_; }
  chaos::ServiceProcess& gateway(std::size_t index) { return deployment_->gateway(index); }
  std::string AddressOf(std::size_t gateway) { return deployment_->GatewayAddress(gateway); }

  // Whether it holds at every replica.
  bool Everywhere(const std::function<bool(Replica&)>& holds) {
    for (const auto& replica : replicas_) {
      if (!holds(*replica)) return false;
    }
    return true;
  }
  bool TotalIs(const std::string& channel, std::size_t total) {
    return Everywhere([&](Replica& replica) {
      const auto roster = replica.Members(channel);
      return roster && roster->total == total;
    });
  }
  // Earlier tests' gateways may still be listed: only ours are looked at.
  bool Lists(const std::map<std::string, bool>& expected) {
    return Everywhere([&](Replica& replica) {
      const auto servers = replica.Servers();
      if (!servers) return false;
      for (const auto& [id, is_there] : expected) {
        if (servers->contains(id) != is_there) return false;
      }
      return true;
    });
  }

  const std::filesystem::path folder_;
  std::unique_ptr<chaos::Deployment> deployment_;
  std::vector<std::unique_ptr<Replica>> replicas_;
};

}  // namespace parley::presence_test
