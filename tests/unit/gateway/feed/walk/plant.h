#pragma once

namespace parley::gateway::walk {

// Bugs that the walk must notice. Those of the gateway are made around the real feed, by bending
// the frames on their way so that a check of the feed is blind.
enum class Plant {
  kNone,
  kRouterDropsARecord,
  kRouterRepeatsUnderNewOffset,
  kGatewayChecksNoHole,
  kGatewayTakesStaleServes,
  kGatewayForgetsFirstCursor,
};

}  // namespace parley::gateway::walk
