#pragma once

#include "client/types.h"

namespace parley::client {

// What became of a join that named a position.
enum class Recovery {
  kNotAsked,
  kComplete,  // Everything after the position follows.
  kExpired,
  kTooFar,
  kOtherEpoch,
  kOtherChannel,
  kOtherPartition,
  kFuture,
};

// "complete", "expired" …
[[nodiscard]] const char* NameOf(Recovery recovery);

struct JoinedChannel {
  PositionToken position{};
  Recovery recovery = Recovery::kNotAsked;
};

}  // namespace parley::client
