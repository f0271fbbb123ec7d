#pragma once

#include <atomic>
#include <cstddef>

namespace parley::gateway {

// Bytes of messages that were handed to the session loops and that these have not dealt with yet.
// Thread-safe.
class Backlog final {
 public:
  void Add(std::size_t bytes) { bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  void Remove(std::size_t bytes) { bytes_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> bytes_ = 0;
};

}  // namespace parley::gateway
