#pragma once

#include "tests/chaos/options.h"
#include "tests/chaos/result.h"

namespace parley::chaos {

// One run: brings a deployment up on the given brokers, lets clients talk, breaks things, heals
// them, and judges. Throws std::runtime_error when it cannot be started or judged.
[[nodiscard]] Result Run(const Options& options);

}  // namespace parley::chaos
