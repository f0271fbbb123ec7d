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
    each_turn_ = std::max(kEachTurnLeast, untold_ / kTurns);
  }
  untold_ = std::min(untold_, members.size());
  for (std::size_t turn = 0; turn < each_turn_ && untold_ > 0; ++turn) {
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
