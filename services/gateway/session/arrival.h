#pragma once

#include <chrono>

#include "services/common/clock.h"

namespace parley::gateway {

// When something came in: for measuring and deadlines, and as people and other machines tell the
// time.
struct Arrival {
  TimePoint now;
  std::chrono::microseconds since_unix_epoch{};
};

}  // namespace parley::gateway
