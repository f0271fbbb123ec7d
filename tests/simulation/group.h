#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "services/router/router_core.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/process.h"
#include "tests/simulation/scheduler.h"

namespace parley::simulation {

// The coordinator of the routers' consumer group. A member that has not been heard of for the
// session timeout loses its partitions; the others hear of what is theirs now one after another.
class Group final {
 public:
  using OnOwned = std::function<void(const std::vector<router::Ownership>&)>;

  Group(Scheduler& scheduler, Dice& dice, Partition partitions);

  // `on_owned` runs as a task of the member's process, after each rebalance.
  void Join(const std::string& member, Process::Runner runner, OnOwned on_owned);
  void Leave(const std::string& member);
  // False: it was thrown out and must join again.
  [[nodiscard]] bool Heartbeat(const std::string& member);

  // Refused from who does not own the partition any more.
  void Commit(const std::string& member, Partition partition, Offset next);

 private:
  struct Member {
    TimePoint heard_at;
    Process::Runner runner;
    OnOwned on_owned;
  };

  void ThrowOutTheSilent();
  void RebalanceSoon();
  void Rebalance();

  Scheduler& scheduler_;
  Dice& dice_;
  const Partition partitions_;
  std::map<std::string, Member> members_;
  std::map<Partition, std::string> owners_;
  std::map<Partition, Offset> committed_;
  bool rebalancing_ = false;
};

}  // namespace parley::simulation
