#pragma once

#include <cstddef>

namespace parley::gateway {

// What a piece of code cost, in things that can be counted and do not depend on the machine.
struct Cost {
  std::size_t allocations = 0;  // From the heap, by whomever: also inside the libraries.
  std::size_t locks = 0;        // Of pthread mutexes, which is what std::mutex is.

  friend bool operator==(const Cost&, const Cost&) = default;
};

// Counts while it lives, on its own thread alone. One at a time. Linking it puts counting functions
// in the place of libc's `malloc` and `pthread_mutex_lock`, so it belongs in a binary of its own.
class CostMeter final {
 public:
  CostMeter();
  ~CostMeter();
  CostMeter(const CostMeter&) = delete;
  CostMeter& operator=(const CostMeter&) = delete;

  Cost Read() const;
};

}  // namespace parley::gateway
