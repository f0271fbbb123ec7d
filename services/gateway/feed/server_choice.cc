#include "services/gateway/feed/server_choice.h"

#include <algorithm>

namespace parley::gateway {

ServerChoice::ServerChoice(Partition partition, const FeedConfig& config, const RouterLinks& links,
                           TimePoint now)
    : partition_(partition),
      config_(config),
      links_(links),
      chosen_at_(now),
      claim_awaited_since_(now) {}

std::optional<LinkId> ServerChoice::Decide(TimePoint now) {
  const std::optional<LinkId> claimant = NewestClaimant(now);
  if (server_ && !failed_ && links_.IsLive(*server_)) {
    const bool better = claimant && claimant != server_;
    return better && now - chosen_at_ >= config_.move_interval ? claimant : std::nullopt;
  }
  if (links_.live_count() == 0) {
    // A server that is only silent may wake up and go on as if nothing had been.
    if (server_ && !links_.Has(*server_)) server_.reset();
    claim_awaited_since_ = now;
    return std::nullopt;
  }
  if (claimant) return claimant;
  // Routers claim as soon as they are linked and own something. A partition that had a server does
  // not wait for that.
  if (!server_ && now - claim_awaited_since_ < config_.claim_wait) return std::nullopt;
  return FirstInOrder(now);
}

void ServerChoice::Chosen(LinkId link, TimePoint now) {
  server_ = link;
  failed_ = false;
  chosen_at_ = now;
}

void ServerChoice::Answered() { unanswered_in_a_row_ = 0; }

void ServerChoice::PassOver(TimePoint now) {
  if (!server_) return;
  std::erase_if(passed_over_until_, [&](const auto& entry) { return entry.second <= now; });
  passed_over_until_[*server_] = now + config_.pass_over_time;
  ++unanswered_in_a_row_;
  failed_ = true;
}

Duration ServerChoice::answer_deadline() const {
  const std::size_t rounds = unanswered_in_a_row_ / std::max<std::size_t>(links_.live_count(), 1);
  Duration deadline = config_.serve_answer_deadline;
  for (std::size_t i = 0; i < rounds && deadline < config_.serve_answer_deadline_max; ++i)
    deadline *= 2;
  return std::min<Duration>(deadline, config_.serve_answer_deadline_max);
}

bool ServerChoice::IsPassedOver(LinkId link, TimePoint now) const {
  const auto found = passed_over_until_.find(link);
  return found != passed_over_until_.end() && now < found->second;
}

std::optional<LinkId> ServerChoice::NewestClaimant(TimePoint now) const {
  const std::vector<LinkId>& claimants = links_.Claimants(partition_);
  const auto found = std::find_if(claimants.rbegin(), claimants.rend(), [&](LinkId link) {
    return links_.IsLive(link) && !IsPassedOver(link, now);
  });
  return found == claimants.rend() ? std::nullopt : std::optional(*found);
}

std::optional<LinkId> ServerChoice::FirstInOrder(TimePoint now) const {
  const std::vector<LinkId> order = links_.LiveInOrder(partition_);
  const auto rank = [&](LinkId link) {
    return IsPassedOver(link, now) ? passed_over_until_.at(link) : TimePoint::min();
  };
  const auto best = std::min_element(order.begin(), order.end(), [&](LinkId one, LinkId other) {
    return rank(one) < rank(other);
  });
  return best == order.end() ? std::nullopt : std::optional(*best);
}

}  // namespace parley::gateway
