#pragma once

#include <cstdint>

#include "parley/internal/v1/link.pb.h"

namespace parley::gateway {

// One connection of a router. Never used twice, so that what arrives late is known to be late.
enum class LinkId : std::uint64_t {};

// Why the feed ends a link.
enum class LinkEnd {
  kReplaced,  // By a newer link of the same router.
  kNewLog,    // The log that it reads was re-created.
};

// The way from the feed to the routers. Called from inside the feed: must not call back into it.
class RouterSink {
 public:
  virtual ~RouterSink() = default;
  virtual void Send(LinkId link, const internal::v1::GatewayFrame& frame) = 0;
  // The feed has forgotten it already.
  virtual void Close(LinkId link, LinkEnd why) = 0;
};

}  // namespace parley::gateway
