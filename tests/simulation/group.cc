#include "tests/simulation/group.h"

#include <optional>
#include <utility>

namespace parley::simulation {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSessionTimeout{6000};
constexpr milliseconds kLookInterval{250};
constexpr milliseconds kRebalanceLeast{50};
constexpr milliseconds kRebalanceMost{2000};
constexpr milliseconds kTellMost{400};

}  // namespace

Group::Group(Scheduler& scheduler, Dice& dice, Partition partitions)
    : scheduler_(scheduler), dice_(dice), partitions_(partitions) {
  ThrowOutTheSilent();
}

void Group::Join(const std::string& member, Process::Runner runner, OnOwned on_owned) {
  members_[member] = {scheduler_.Now(), std::move(runner), std::move(on_owned)};
  RebalanceSoon();
}

void Group::Leave(const std::string& member) {
  if (members_.erase(member) > 0) RebalanceSoon();
}

bool Group::Heartbeat(const std::string& member) {
  const auto found = members_.find(member);
  if (found == members_.end()) return false;
  found->second.heard_at = scheduler_.Now();
  return true;
}

void Group::Commit(const std::string& member, Partition partition, Offset next) {
  const auto owner = owners_.find(partition);
  if (owner != owners_.end() && owner->second == member) committed_[partition] = next;
}

void Group::ThrowOutTheSilent() {
  const std::size_t thrown_out = std::erase_if(members_, [this](const auto& entry) {
    return scheduler_.Now() - entry.second.heard_at > kSessionTimeout;
  });
  if (thrown_out > 0) RebalanceSoon();
  scheduler_.After(kLookInterval, [this] { ThrowOutTheSilent(); });
}

void Group::RebalanceSoon() {
  if (std::exchange(rebalancing_, true)) return;
  scheduler_.After(dice_.Between(kRebalanceLeast, kRebalanceMost), [this] { Rebalance(); });
}

void Group::Rebalance() {
  rebalancing_ = false;
  owners_.clear();
  std::map<std::string, std::vector<router::Ownership>> shares;
  const std::size_t count = members_.size();
  std::size_t index = 0;
  for (const auto& [name, member] : members_) {
    shares[name];
    for (auto partition = static_cast<Partition>(index); partition < partitions_;
         partition += static_cast<Partition>(count)) {
      owners_[partition] = name;
      const auto committed = committed_.find(partition);
      shares[name].push_back({partition, committed == committed_.end()
                                             ? std::nullopt
                                             : std::optional<Offset>(committed->second)});
    }
    ++index;
  }
  for (const auto& [name, member] : members_) {
    scheduler_.After(dice_.Between(milliseconds(1), kTellMost),
                     [runner = member.runner, on_owned = member.on_owned, owned = shares[name]] {
                       runner([on_owned, owned] { on_owned(owned); });
                     });
  }
}

}  // namespace parley::simulation
