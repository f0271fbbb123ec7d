#pragma once

#include <atomic>
#include <cstddef>
#include <optional>

#include "services/gateway/publish/refusal.h"

namespace parley::gateway {

// Who may come in: nobody before the gateway is wired up, then as many sessions as it may hold,
// then, once it drains, no new ones. Thread-safe.
class Admission final {
 public:
  explicit Admission(std::size_t sessions_max) : sessions_max_(sessions_max) {}

  void Open() { state_.store(State::kOpen, std::memory_order_release); }
  void Drain() { state_.store(State::kDraining, std::memory_order_release); }

  // Nothing: a session was counted, and `Leave` must follow. Otherwise what to tell the client.
  [[nodiscard]] std::optional<Refusal> Enter();
  void Leave() { sessions_.fetch_sub(1, std::memory_order_relaxed); }

  // Nothing: a unary call may go on.
  [[nodiscard]] std::optional<Refusal> Pass() const;

  std::size_t sessions_max() const { return sessions_max_; }
  std::size_t sessions() const { return sessions_.load(std::memory_order_relaxed); }

 private:
  enum class State { kStarting, kOpen, kDraining };

  const std::size_t sessions_max_;
  std::atomic<State> state_ = State::kStarting;
  std::atomic<std::size_t> sessions_ = 0;
};

}  // namespace parley::gateway
