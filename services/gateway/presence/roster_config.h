#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "services/common/clock.h"

namespace parley::gateway {

struct RosterConfig {
  std::vector<std::string> presence_addresses;
  std::size_t first_replica = 0;  // Where to begin, modulo their number: spreads the gateways.
  Duration answer_timeout = std::chrono::seconds(2);      // Of a question, over all replicas.
  Duration retry_first = std::chrono::milliseconds(100);  // Doubles up to the longest.
  Duration retry_longest = std::chrono::seconds(5);
  std::size_t request_channels_max = 1'000;  // Asked in one message.
  std::size_t questions_max = 1'000;  // Under way; further ones are answered with nothing at once.
};

}  // namespace parley::gateway
