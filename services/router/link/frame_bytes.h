#pragma once

#include "services/common/rpc/bytes.h"
#include "services/router/feed/frame.h"

namespace parley::router {

// The frame as one gRPC message. Runs of records are not copied: the message holds their batches
// until it is written.
[[nodiscard]] rpc::Bytes ToBytes(Frame frame);

}  // namespace parley::router
