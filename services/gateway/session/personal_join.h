#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "services/common/clock.h"
#include "services/common/ids.h"

namespace parley::gateway {

// When a session is to join the personal channel of its user: at once, and as long as that fails
// again and again, ever more seldom, counted from the beginning of an attempt. Nobody asked for it,
// so nobody is told of the failures.
class PersonalJoin final {
 public:
  // Nothing is to be joined, yet or any more.
  PersonalJoin() = default;
  // `after` is where the client left off, as in a join.
  PersonalJoin(ChannelName channel, std::string after, Duration retry_min, Duration retry_max)
      : channel_(std::move(channel)),
        after_(std::move(after)),
        delay_(retry_min),
        delay_max_(retry_max) {}

  const ChannelName& channel() const { return channel_; }
  const std::string& after() const { return after_; }

  // The session is in the channel, or about to be.
  bool entered() const { return entered_; }

  // Whether to join now. True begins an attempt, which lasts until `Failed`.
  [[nodiscard]] bool Begin(TimePoint now) {
    if (channel_.empty() || entered_ || now < next_) return false;
    entered_ = true;
    next_ = now + std::exchange(delay_, std::min(delay_ * 2, delay_max_));
    return true;
  }
  void Failed() { entered_ = false; }

 private:
  ChannelName channel_;
  std::string after_;
  Duration delay_{};
  Duration delay_max_{};
  TimePoint next_ = TimePoint::min();
  bool entered_ = false;
};

}  // namespace parley::gateway
