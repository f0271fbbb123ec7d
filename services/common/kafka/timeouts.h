#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "services/common/clock.h"

namespace parley::kafka {

// A duration as librdkafka wants it: whole milliseconds, never its "for ever".
inline int WholeMs(Duration duration) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  return static_cast<int>(std::clamp<std::int64_t>(ms, 0, 1'000'000'000));
}

// One limit for several steps that block.
class Deadline final {
 public:
  explicit Deadline(Duration timeout) : end_(std::chrono::steady_clock::now() + timeout) {}

  Duration left() const {
    return std::max<Duration>(end_ - std::chrono::steady_clock::now(), Duration(0));
  }
  bool over() const { return left() == Duration(0); }

 private:
  TimePoint end_;
};

}  // namespace parley::kafka
