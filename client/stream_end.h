#pragma once

#include <cstdint>
#include <vector>

#include "client/errors.h"

namespace parley::client {

// How a stream ended.
struct StreamEnd {
  CallFailure failure{};
  bool was_connected = false;
  std::vector<std::uint64_t> unsent{};  // Refs of the frames that were never given to gRPC.
};

}  // namespace parley::client
