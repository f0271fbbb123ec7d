#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/chaos/deployment.h"
#include "tests/presence/given.h"
#include "tests/presence/patience.h"
#include "tests/presence/replica.h"

namespace parley::presence_test {

// A Parley of real processes, and a question to each of its presence replicas. At the end every
// process is asked to end, and must do so as it should.
class World : public testing::Test {
 protected:
  World();
  ~World() override;

  // Returns when all are ready and the replicas know the gateways and no others.
  void StartWorld(chaos::DeploymentConfig config);
  // With one router and two replicas.
  void StartWorld(std::size_t gateways);

  chaos::Deployment& deployment() { return *deployment_; }
  chaos::ServiceProcess& gateway(std::size_t index) { return deployment_->gateway(index); }
  std::string AddressOf(std::size_t gateway) { return deployment_->GatewayAddress(gateway); }
  const std::vector<std::unique_ptr<Replica>>& replicas() { return replicas_; }

  // Of the logs; kept when the test has failed.
  const std::filesystem::path& folder() const { return folder_; }

  // Whether it holds at every replica.
  bool Everywhere(const std::function<bool(Replica&)>& holds);
  bool RosterIs(const std::string& channel, const Replica::Roster& roster);
  bool CountIs(const std::string& channel, std::size_t members);
  // `parley servers` says these, and nothing else.
  bool ServersAre(const std::set<std::string>& gateways);

 private:
  void TearDown() override;

  const std::filesystem::path folder_;
  std::unique_ptr<chaos::Deployment> deployment_;
  std::vector<std::unique_ptr<Replica>> replicas_;
};

// Users `stem`0, `stem`1, …, with a session each.
Replica::Roster Users(const std::string& stem, std::size_t count);
Replica::Roster Together(Replica::Roster some, const Replica::Roster& others);

}  // namespace parley::presence_test
