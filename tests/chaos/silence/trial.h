#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tests/chaos/silence/arrivals.h"
#include "tests/chaos/silence/stage.h"

namespace parley::chaos {

enum class Hurt {
  kNothing,
  kRouterKill,
  kRouterStop,
  kRouterTerminate,
  kRoutersRolling,
  kPresenceKill,
  kLeaderKill,
  kLeaderAndControllerKill,
  kGatewayKill,
};

// What is measured of a kind of fault, and what must come out of it.
struct HurtSpec {
  Hurt hurt;
  const char* key;    // For the command line.
  const char* title;  // For the report.
  // In seconds; 0: there is none.
  double median_max;
  double worst_max;
};

// In the order in which they are tried.
const std::vector<HurtSpec>& AllHurts();

// Hurts the stage once, heals it, waits until it has come to rest, and returns the longest silence
// from the first moment to the last: at receivers whose gateway lives or, when a gateway was
// killed, at the users of the client library who were on it. `number` is which trial of its kind
// it is. Nothing when what was to be hurt could not be found.
[[nodiscard]] std::optional<Arrivals::Silence> Try(Hurt hurt, std::size_t number, Stage& stage);

}  // namespace parley::chaos
