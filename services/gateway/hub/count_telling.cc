#include "services/gateway/hub/count_telling.h"

#include <algorithm>
#include <utility>

#include "services/gateway/session/membership.h"
#include "services/gateway/session/session.h"

namespace parley::gateway {

void CountTelling::Tell(edge::v1::Event count, std::uint64_t number) {
  next_.reset(new Count{SharedEvent(std::move(count)), number});
}

bool CountTelling::Turn(const std::vector<Membership*>& members, std::vector<Session*>& told) {
  if (!now_) {
    if (!next_) return false;
    now_ = std::move(next_);
    untold_ = members.size();
    each_turn_ = std::max(kEachTurn, (untold_ + kTurnsMost - 1) / kTurnsMost);
  }
  untold_ = std::min(untold_, members.size());
  const std::size_t first = std::min(first_left_, kEachFirstTurn);
  first_left_ -= first;
  const std::size_t last = untold_ - std::min(untold_, std::max(first, each_turn_));
  while (untold_ > last) {
    Membership& member = *members[--untold_];
    // Told before; it has changed places since.
    if (std::exchange(member.count_told, now_->number) == now_->number || !member.joined())
      continue;
    member.session.events().Send(now_->event);
    told.push_back(&member.session);
  }
  if (untold_ == 0) now_.reset();
  return now_ != nullptr || next_ != nullptr;
}

}  // namespace parley::gateway
