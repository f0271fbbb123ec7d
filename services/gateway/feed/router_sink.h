#pragma once

#include <cstdint>

#include "parley/internal/v1/link.pb.h"

namespace parley::gateway {

// One connection of a router. Never used twice, so that what arrives late is known to be late.
enum class LinkId : std::uint64_t {};

// The way from the feed to the routers. Called from inside the feed: must not call back into it.
class RouterSink {
 public:
  virtual ~RouterSink() = default;
  virtual void Send(LinkId link, const internal::v1::GatewayFrame& frame) = 0;
  // A newer link of the same router has replaced this one. The feed has forgotten it already.
  virtual void CloseReplaced(LinkId link) = 0;
};

}  // namespace parley::gateway
