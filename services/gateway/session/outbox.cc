#include "services/gateway/session/outbox.h"

#include <iterator>
#include <utility>

#include "services/common/plant.h"

namespace parley::gateway {

void Outbox::Push(const SharedBytes& event) {
  if (overflowed_ || ended_) return;
  if (bytes() + CostOf(event) > bytes_max_) {
    overflowed_ = true;
    Drop();
    return;
  }
  Append(event);
}

void Outbox::PushLast(const SharedBytes& event) {
  if (ended_) return;
  ended_ = true;
  Append(event);
}

void Outbox::Take(const WriteLimits& limits, std::vector<SharedBytes>& out) {
  out.clear();
  in_flight_bytes_ = 0;
  std::size_t end = first_;
  while (end < queue_.size()) {
    const std::size_t cost = CostOf(queue_[end]);
    const bool full =
        end - first_ == limits.events_max || in_flight_bytes_ + cost > limits.bytes_max;
    if (full && end > first_) break;
    in_flight_bytes_ += cost;
    ++end;
  }
  waiting_bytes_ -= in_flight_bytes_;

  if (first_ == 0 && end == queue_.size()) {
    queue_.swap(out);  // The usual case; the two vectors take turns and nothing is allocated.
    return;
  }
  const auto begin = queue_.begin();
  const auto taken = static_cast<std::ptrdiff_t>(end);
  out.assign(std::make_move_iterator(begin + static_cast<std::ptrdiff_t>(first_)),
             std::make_move_iterator(begin + taken));
  first_ = end;
  if (first_ * 2 >= queue_.size()) {
    queue_.erase(begin, begin + taken);
    first_ = 0;
  }
}

void Outbox::Append(const SharedBytes& event) {
  waiting_bytes_ += CostOf(event);
  queue_.push_back(event);
  if (Planted("swap-neighbours") && queue_.size() - first_ > 1) {
    std::swap(queue_.back(), queue_[queue_.size() - 2]);
  }
}

void Outbox::Drop() {
  queue_ = {};
  first_ = 0;
  waiting_bytes_ = 0;
}

}  // namespace parley::gateway
