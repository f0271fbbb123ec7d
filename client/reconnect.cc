#include "client/reconnect.h"

#include <utility>

namespace parley::client {

Reconnect::Reconnect(std::vector<std::string> servers, const Backoff& backoff, Chance& chance)
    : servers_(std::move(servers)), backoff_(backoff), chance_(chance) {
  chance_.Shuffle(servers_);
}

Reconnect::Attempt Reconnect::Next() {
  Attempt attempt{.server = servers_[turn_++ % servers_.size()]};
  const bool waits = is_underway_ && !std::exchange(at_once_, false);
  if (waits) attempt.wait = chance_.UpTo(backoff_.After(attempts_ / servers_.size()));
  attempt.number = static_cast<std::uint32_t>(++attempts_);
  return attempt;
}

}  // namespace parley::client
