#pragma once

#include <chrono>

namespace parley {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

// Pure classes are handed the time; shells ask a clock; only `main` makes the system's.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint Now() const = 0;                             // Monotonic.
  virtual std::chrono::microseconds SinceUnixEpoch() const = 0;  // Wall clock.
};

class SystemClock final : public Clock {
 public:
  TimePoint Now() const override { return std::chrono::steady_clock::now(); }
  std::chrono::microseconds SinceUnixEpoch() const override {
    return std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now().time_since_epoch());
  }
};

}  // namespace parley
