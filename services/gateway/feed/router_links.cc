#include "services/gateway/feed/router_links.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

namespace parley::gateway {
namespace {

// Our own, because std::hash may differ between two builds of the gateway, which must agree.
std::uint64_t RendezvousWeight(Partition partition, const RouterId& router) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : router.value()) {
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 1099511628211u;
  }
  hash += (static_cast<std::uint64_t>(partition) + 1) * 0x9e3779b97f4a7c15u;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
  return hash ^ (hash >> 31);
}

}  // namespace

void RouterLinks::Add(LinkId link, const RouterId& router, TimePoint now) {
  links_.emplace(link, Link{router, now, false, false, {}});
}

void RouterLinks::Remove(LinkId link) {
  SetClaims(link, {});
  links_.erase(link);
}

std::vector<LinkId> RouterLinks::TakeAll() {
  std::vector<LinkId> taken;
  for (const auto& [id, link] : links_) taken.push_back(id);
  links_.clear();
  claimants_.clear();
  return taken;
}

std::optional<LinkId> RouterLinks::OfRouter(const RouterId& router) const {
  for (const auto& [id, link] : links_) {
    if (link.router == router) return id;
  }
  return std::nullopt;
}

bool RouterLinks::Heard(LinkId link, TimePoint now) {
  const auto found = links_.find(link);
  if (found == links_.end()) return false;
  found->second.heard = now;
  return std::exchange(found->second.silent, false);
}

bool RouterLinks::NoteSilence(TimePoint now) {
  bool any_new = false;
  for (auto& [id, link] : links_) {
    if (link.silent || now - link.heard <= silence_max_) continue;
    link.silent = true;
    any_new = true;
  }
  return any_new;
}

void RouterLinks::SetLeaving(LinkId link) {
  const auto found = links_.find(link);
  if (found != links_.end()) found->second.leaving = true;
}

std::vector<Partition> RouterLinks::SetClaims(LinkId link, std::vector<Partition> partitions) {
  const auto found = links_.find(link);
  if (found == links_.end()) return {};
  std::sort(partitions.begin(), partitions.end());
  partitions.erase(std::unique(partitions.begin(), partitions.end()), partitions.end());

  std::vector<Partition>& claims = found->second.claims;
  std::vector<Partition> changed;
  std::set_symmetric_difference(claims.begin(), claims.end(), partitions.begin(), partitions.end(),
                                std::back_inserter(changed));
  for (const Partition partition : changed) {
    std::vector<LinkId>& claimants = claimants_[partition];
    if (std::erase(claimants, link) == 0) claimants.push_back(link);
    if (claimants.empty()) claimants_.erase(partition);
  }
  claims = std::move(partitions);
  return changed;
}

bool RouterLinks::IsHeard(LinkId link) const {
  const auto found = links_.find(link);
  return found != links_.end() && !found->second.silent;
}

bool RouterLinks::IsLive(LinkId link) const {
  const auto found = links_.find(link);
  return found != links_.end() && !found->second.silent && !found->second.leaving;
}

std::size_t RouterLinks::live_count() const {
  return static_cast<std::size_t>(std::count_if(
      links_.begin(), links_.end(),
      [](const auto& entry) { return !entry.second.silent && !entry.second.leaving; }));
}

const std::vector<LinkId>& RouterLinks::Claimants(Partition partition) const {
  static const std::vector<LinkId> kNobody;
  const auto found = claimants_.find(partition);
  return found == claimants_.end() ? kNobody : found->second;
}

std::vector<LinkId> RouterLinks::LiveInOrder(Partition partition) const {
  std::vector<std::pair<std::uint64_t, LinkId>> weighted;
  for (const auto& [id, link] : links_) {
    if (IsLive(id)) weighted.emplace_back(RendezvousWeight(partition, link.router), id);
  }
  std::sort(weighted.rbegin(), weighted.rend());
  std::vector<LinkId> order;
  order.reserve(weighted.size());
  for (const auto& [weight, id] : weighted) order.push_back(id);
  return order;
}

std::vector<LinkId> RouterLinks::Readers(Partition partition) const {
  std::vector<LinkId> readers;
  const std::vector<LinkId>& claimants = Claimants(partition);
  std::copy_if(claimants.rbegin(), claimants.rend(), std::back_inserter(readers),
               [this](LinkId link) { return IsLive(link); });
  for (const LinkId link : LiveInOrder(partition)) {
    if (std::find(readers.begin(), readers.end(), link) == readers.end()) readers.push_back(link);
  }
  return readers;
}

}  // namespace parley::gateway
