#pragma once

#include <cstdint>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "services/gateway/feed/feed.h"
#include "services/gateway/link/router_link.h"

namespace parley::gateway {

// Copies what the feed counts into the gateway's metrics. On the feed's loop.
class FeedMetrics final {
 public:
  explicit FeedMetrics(prometheus::Registry& registry);

  // A few times a second.
  void Update(const Feed& feed, const LinkContext& links);

 private:
  struct Copied {
    std::uint64_t FeedCounters::*field;
    prometheus::Counter& counter;
  };

  prometheus::Gauge& links_;
  prometheus::Counter& links_cut_;
  prometheus::Counter& links_held_;
  prometheus::Gauge& backlog_bytes_;
  prometheus::Gauge& attached_channels_;
  prometheus::Gauge& recent_bytes_;
  std::vector<Copied> counters_;
  FeedCounters last_;
};

}  // namespace parley::gateway
