#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "tests/simulation/dice.h"
#include "tests/simulation/link.h"
#include "tests/simulation/scheduler.h"

namespace parley::simulation {

// The ways between routers and gateways. Each can be cut (connections break, none is made), blocked
// (nothing arrives, nobody is told), deaf (nothing arrives at the router) or slow.
class Network final {
 public:
  Network(Scheduler& scheduler, Dice& dice) : scheduler_(scheduler), dice_(dice) {}

  // Nothing where the way is cut.
  [[nodiscard]] std::shared_ptr<Link> Connect(std::size_t router, std::size_t gateway);
  bool IsCut(std::size_t router, std::size_t gateway) const {
    return cut_.contains({router, gateway});
  }

  void Cut(std::size_t router, std::size_t gateway);
  void Block(std::size_t router, std::size_t gateway);
  void Deafen(std::size_t router, std::size_t gateway);
  void Slow(std::size_t router, std::size_t gateway, Duration latency_max);
  // As it should be: this way, or all.
  void Heal(std::size_t router, std::size_t gateway);
  void HealAll();

 private:
  using Way = std::pair<std::size_t, std::size_t>;

  void Shape(Link& link) const;
  template <class Change>
  void ForLinks(const Way& way, const Change& change);

  Scheduler& scheduler_;
  Dice& dice_;
  std::set<Way> cut_;
  std::set<Way> blocked_;
  std::set<Way> deaf_;
  std::map<Way, Duration> slow_;
  std::vector<std::weak_ptr<Link>> links_;
};

}  // namespace parley::simulation
