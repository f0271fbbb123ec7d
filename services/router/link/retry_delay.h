#pragma once

#include <algorithm>
#include <chrono>
#include <utility>

namespace parley::router {

// How long to wait before the next attempt: doubles from 100 ms to 2 s until one succeeds.
class RetryDelay final {
 public:
  std::chrono::milliseconds Next() { return std::exchange(next_, std::min(next_ * 2, kLongest)); }
  void Reset() { next_ = kFirst; }

 private:
  static constexpr std::chrono::milliseconds kFirst{100};
  static constexpr std::chrono::milliseconds kLongest{2000};

  std::chrono::milliseconds next_ = kFirst;
};

}  // namespace parley::router
