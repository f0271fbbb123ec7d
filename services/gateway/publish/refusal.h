#pragma once

#include <string>

#include "parley/edge/v1/chat.pb.h"

namespace parley::gateway {

// Why something was not done, as the client is told: the code is for programs, the message for
// people. The message names the rule and never repeats what the client sent, so that it may go into
// logs and trailers.
struct Refusal {
  edge::v1::ErrorCode code = edge::v1::ERROR_UNSPECIFIED;
  std::string message;
};

}  // namespace parley::gateway
