#pragma once

#include <memory>
#include <string>

#include "services/common/clock.h"

namespace grpc {
class Channel;
}

namespace parley::client {

// A connection of its own to a gateway, made when it is first needed.
[[nodiscard]] std::shared_ptr<grpc::Channel> MakeChannel(const std::string& server);

// Connects. False when that failed or took longer than `deadline`: then nothing was sent. A call on
// a connected channel may still find it lost.
[[nodiscard]] bool WaitUntilConnected(grpc::Channel& channel, Duration deadline);

}  // namespace parley::client
