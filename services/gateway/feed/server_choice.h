#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>

#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/gateway/feed/feed_config.h"
#include "services/gateway/feed/router_links.h"

namespace parley::gateway {

// Chooses the router that serves one partition: the newest claimant that lives; where there is
// none, another that lives, which so adopts the partition. A matter of load and liveness only: any
// choice is correct.
class ServerChoice final {
 public:
  // The partition needs a server from `now` on.
  ServerChoice(Partition partition, const FeedConfig& config, const RouterLinks& links,
               TimePoint now);

  // The link to ask now, when the one that was asked last will not do any longer or there is a
  // better one.
  [[nodiscard]] std::optional<LinkId> Decide(TimePoint now);
  // That link has been asked.
  void Chosen(LinkId link, TimePoint now);
  // It answered.
  void Answered();
  // It did not, or answered badly: others come before it for a while.
  void PassOver(TimePoint now);

  // The link asked last. It may be gone.
  std::optional<LinkId> server() const { return server_; }
  // It was passed over, and no other has been asked since.
  bool failed() const { return failed_; }
  // How long the server may take to answer.
  Duration answer_deadline() const;

 private:
  [[nodiscard]] bool IsPassedOver(LinkId link, TimePoint now) const;
  [[nodiscard]] std::optional<LinkId> NewestClaimant(TimePoint now) const;
  [[nodiscard]] std::optional<LinkId> FirstInOrder(TimePoint now) const;

  const Partition partition_;
  const FeedConfig& config_;
  const RouterLinks& links_;

  std::optional<LinkId> server_;
  bool failed_ = false;  // The server is to be replaced.
  TimePoint chosen_at_;
  TimePoint claim_awaited_since_;
  std::size_t unanswered_in_a_row_ = 0;
  std::unordered_map<LinkId, TimePoint> passed_over_until_;
};

}  // namespace parley::gateway
