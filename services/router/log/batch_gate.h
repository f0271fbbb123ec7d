#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <stop_token>

namespace parley::router {

// Bounds how many batches are on their way from a reading thread to the loop: the thread waits at
// the gate, and so Kafka does. Thread-safe.
class BatchGate final {
 public:
  explicit BatchGate(std::size_t batches_max) : batches_max_(batches_max) {}

  // Waits for room. False when it was stopped meanwhile.
  [[nodiscard]] bool Enter(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!room_.wait(lock, stop, [this] { return inside_ < batches_max_; })) return false;
    ++inside_;
    return true;
  }
  void Leave() {
    const std::lock_guard lock(mutex_);
    --inside_;
    room_.notify_one();
  }

 private:
  const std::size_t batches_max_;
  std::mutex mutex_;
  std::condition_variable_any room_;
  std::size_t inside_ = 0;  // Guarded by mutex_.
};

}  // namespace parley::router
