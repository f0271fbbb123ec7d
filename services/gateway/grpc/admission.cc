#include "services/gateway/grpc/admission.h"

namespace parley::gateway {

std::optional<Refusal> Admission::Enter() {
  if (auto refusal = Pass()) return refusal;
  if (state_.load(std::memory_order_acquire) == State::kDraining) {
    return Refusal{edge::v1::ERROR_DRAINING, "this gateway is stopping; connect to another"};
  }
  if (sessions_.fetch_add(1, std::memory_order_relaxed) >= sessions_max_) {
    Leave();
    return Refusal{edge::v1::ERROR_FULL, "this gateway is full; connect to another"};
  }
  return std::nullopt;
}

std::optional<Refusal> Admission::Pass() const {
  if (state_.load(std::memory_order_acquire) != State::kStarting) return std::nullopt;
  return Refusal{edge::v1::ERROR_UNAVAILABLE, "this gateway is starting; try again"};
}

}  // namespace parley::gateway
