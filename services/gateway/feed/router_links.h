#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/gateway/feed/router_sink.h"

namespace parley::gateway {

// The routers that are linked to this gateway: which of them live, and what they claim to own.
class RouterLinks final {
 public:
  explicit RouterLinks(Duration silence_max) : silence_max_(silence_max) {}

  void Add(LinkId link, const RouterId& router, TimePoint now);
  void Remove(LinkId link);
  [[nodiscard]] bool Has(LinkId link) const { return links_.contains(link); }
  [[nodiscard]] std::optional<LinkId> OfRouter(const RouterId& router) const;
  std::size_t size() const { return links_.size(); }
  // All of them, which are so removed.
  [[nodiscard]] std::vector<LinkId> TakeAll();

  // Something came from it. True when it had been silent until now.
  bool Heard(LinkId link, TimePoint now);
  // Notes which links have been quiet for too long. True when there are new ones.
  bool NoteSilence(TimePoint now);
  // It says that it is about to go: it lives no more, though what it still sends is good.
  void SetLeaving(LinkId link);

  // All that the router owns. Returns the partitions that it did not claim before, or does no
  // longer.
  std::vector<Partition> SetClaims(LinkId link, std::vector<Partition> partitions);

  // Linked and not silent.
  [[nodiscard]] bool IsHeard(LinkId link) const;
  // Linked, not silent and not leaving.
  [[nodiscard]] bool IsLive(LinkId link) const;
  std::size_t live_count() const;
  // Who claims the partition, living or not; the newest claim last. A claim that is repeated stays
  // as old as it is.
  const std::vector<LinkId>& Claimants(Partition partition) const;
  // All that live, in the rendezvous order of the partition: the same at every gateway, and
  // different from partition to partition.
  std::vector<LinkId> LiveInOrder(Partition partition) const;
  // All that live, those first that most likely hold the partition's recent records: the newest
  // claimant, then the other claimants, then the rest in rendezvous order.
  std::vector<LinkId> Readers(Partition partition) const;

 private:
  struct Link {
    RouterId router;
    TimePoint heard;
    bool silent = false;
    bool leaving = false;
    std::vector<Partition> claims;  // Sorted.
  };

  const Duration silence_max_;
  std::map<LinkId, Link> links_;
  std::unordered_map<Partition, std::vector<LinkId>> claimants_;
};

}  // namespace parley::gateway
