#pragma once

#include <chrono>
#include <cstddef>

#include "services/gateway/feed/feed_config.h"

namespace parley::process {
class Options;
}

namespace parley::gateway {

struct LinkConfig {
  FeedConfig feed;
  std::chrono::milliseconds tick_interval{50};
  std::chrono::milliseconds pulse_interval{250};
  // A router that has not said hello by then is cut off.
  std::chrono::milliseconds hello_deadline{5000};
  // What may wait for a router that does not read; one that is further behind is cut off and dials
  // again.
  std::size_t queue_bytes_max = std::size_t{16} * 1024 * 1024;

  // What the session loops may owe of the messages that routers sent; until it is less, no link is
  // read, and routers wait or serve from the log later.
  std::size_t backlog_bytes_max = std::size_t{64} * 1024 * 1024;

  void Describe(process::Options& options);
};

}  // namespace parley::gateway
