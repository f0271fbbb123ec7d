#pragma once

#include "services/common/ids.h"

namespace parley::client {

// A random UUID (version 4), from the system's randomness: ids must differ between processes that
// know nothing of each other.
[[nodiscard]] MessageId NewMessageId();

}  // namespace parley::client
