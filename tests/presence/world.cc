#include "tests/presence/world.h"

#include <cstdio>
#include <utility>

namespace parley::presence_test {
namespace {

constexpr seconds kKnownWithin{60};
constexpr seconds kEndWithin{20};

std::set<std::string> NamesOf(const std::map<std::string, unsigned>& servers) {
  std::set<std::string> names;
  for (const auto& [name, sessions] : servers) names.insert(name);
  return names;
}

}  // namespace

World::World() : folder_(std::filesystem::temp_directory_path() / Fresh("parley-presence")) {}

World::~World() {
  deployment_.reset();
  if (!HasFailure()) std::filesystem::remove_all(folder_);
  if (HasFailure()) std::printf("the logs are in %s\n", folder_.c_str());
}

void World::StartWorld(chaos::DeploymentConfig config) {
  config.folder = folder_.string();
  config.brokers = GivenBrokers();
  // A drain of production takes a minute.
  config.gateway_options = {"--drain-announce=100ms", "--drain-window=1s", "--drain-linger=1s"};
  deployment_ = std::make_unique<chaos::Deployment>(config);
  deployment_->Start();
  for (std::size_t i = 0; i < config.presences; ++i) {
    replicas_.push_back(std::make_unique<Replica>(deployment_->PresenceAddress(i)));
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < config.gateways; ++i) names.insert(gateway(i).name());
  ASSERT_TRUE(SecondsUntil([&] { return ServersAre(names); }, kKnownWithin))
      << "other gateways than ours use these brokers";
}

void World::StartWorld(std::size_t gateways) {
  chaos::DeploymentConfig config;
  config.gateways = gateways;
  config.routers = 1;
  StartWorld(std::move(config));
}

bool World::Everywhere(const std::function<bool(Replica&)>& holds) {
  for (const auto& replica : replicas_) {
    if (!holds(*replica)) return false;
  }
  return true;
}

bool World::RosterIs(const std::string& channel, const Replica::Roster& roster) {
  return Everywhere([&](Replica& replica) { return replica.Members(channel) == roster; });
}

bool World::CountIs(const std::string& channel, std::size_t members) {
  return Everywhere([&](Replica& replica) { return replica.CountMembers(channel) == members; });
}

bool World::ServersAre(const std::set<std::string>& gateways) {
  return Everywhere([&](Replica& replica) {
    const auto servers = replica.Servers();
    return servers && NamesOf(*servers) == gateways;
  });
}

// The next test finds none of our gateways.
void World::TearDown() {
  if (!deployment_) return;
  for (const std::string& complaint : deployment_->TerminateAll(kEndWithin)) {
    ADD_FAILURE() << complaint;
  }
  for (const std::string& crash : deployment_->Crashes()) ADD_FAILURE() << crash;
}

Replica::Roster Users(const std::string& stem, std::size_t count) {
  Replica::Roster users;
  for (std::size_t i = 0; i < count; ++i) users[stem + std::to_string(i)] = 1;
  return users;
}

Replica::Roster Together(Replica::Roster some, const Replica::Roster& others) {
  some.insert(others.begin(), others.end());
  return some;
}

}  // namespace parley::presence_test
