#include "services/gateway/link/feed_metrics.h"

#include <string>

namespace parley::gateway {
namespace {

prometheus::Gauge& Gauge(prometheus::Registry& registry, const std::string& name,
                         const std::string& help) {
  return prometheus::BuildGauge()
      .Name("parley_gateway_" + name)
      .Help(help)
      .Register(registry)
      .Add({});
}

prometheus::Counter& Counter(prometheus::Registry& registry, const std::string& name,
                             const std::string& help, const prometheus::Labels& labels = {}) {
  return prometheus::BuildCounter()
      .Name("parley_gateway_" + name)
      .Help(help)
      .Register(registry)
      .Add(labels);
}

}  // namespace

FeedMetrics::FeedMetrics(prometheus::Registry& registry)
    : links_(Gauge(registry, "links", "Routers linked")),
      links_cut_(Counter(registry, "links_cut_total", "Links of routers that did not read")),
      links_held_(Counter(registry, "links_held_total",
                          "Times that a router had to wait for the session loops")),
      backlog_bytes_(Gauge(registry, "backlog_bytes", "Messages that the session loops owe")),
      attached_channels_(Gauge(registry, "attached_channels", "Channels asked of the routers")),
      recent_bytes_(Gauge(registry, "recent_bytes", "Recent messages kept in memory")) {
  const std::string gaps =
      "Stretches that a router left out (asked for again), or that went with the log";
  const std::string pages = "Pages of stored messages by where they came from";
  const std::string attaches = "Attaches that failed";
  const auto copy = [&](std::uint64_t FeedCounters::*field, prometheus::Counter& counter) {
    counters_.push_back({field, counter});
  };
  copy(&FeedCounters::holes, Counter(registry, "gaps_seen_total", gaps, {{"cause", "hole"}}));
  copy(&FeedCounters::malformed,
       Counter(registry, "gaps_seen_total", gaps, {{"cause", "malformed"}}));
  copy(&FeedCounters::losses, Counter(registry, "gaps_seen_total", gaps, {{"cause", "retention"}}));
  copy(&FeedCounters::new_logs, Counter(registry, "gaps_seen_total", gaps, {{"cause", "epoch"}}));
  copy(&FeedCounters::repeated,
       Counter(registry, "duplicates_dropped_total", "Records that a router sent again"));
  copy(&FeedCounters::stale,
       Counter(registry, "stale_frames_total", "Frames of a serve that was over, dropped"));
  copy(&FeedCounters::serves, Counter(registry, "serves_total", "Partitions asked of a router"));
  copy(&FeedCounters::moves,
       Counter(registry, "serves_moved_total", "Partitions asked of another router than before"));
  copy(&FeedCounters::serves_unanswered,
       Counter(registry, "serves_unanswered_total",
               "Partitions that the router asked did not answer for"));
  copy(&FeedCounters::attaches_failed,
       Counter(registry, "attaches_failed_total", attaches, {{"reason", "deadline"}}));
  copy(&FeedCounters::attaches_refused,
       Counter(registry, "attaches_failed_total", attaches, {{"reason", "channels_max"}}));
  copy(&FeedCounters::links_refused,
       Counter(registry, "links_refused_total", "Links of routers refused"));
  copy(&FeedCounters::pages_from_memory,
       Counter(registry, "pages_total", pages, {{"source", "memory"}}));
  copy(&FeedCounters::pages_from_routers,
       Counter(registry, "pages_total", pages, {{"source", "router"}}));
  copy(&FeedCounters::pages_busy, Counter(registry, "pages_total", pages, {{"source", "none"}}));
  copy(&FeedCounters::recent_evicted, Counter(registry, "recent_evicted_total",
                                              "Recent messages given up for the limit of bytes"));
}

void FeedMetrics::Update(const Feed& feed, const LinkContext& links) {
  links_.Set(static_cast<double>(feed.links()));
  links_cut_.Increment(static_cast<double>(links.links_cut) - links_cut_.Value());
  links_held_.Increment(static_cast<double>(links.links_held) - links_held_.Value());
  backlog_bytes_.Set(static_cast<double>(links.backlog.bytes()));
  attached_channels_.Set(static_cast<double>(feed.channels()));
  recent_bytes_.Set(static_cast<double>(feed.recent_bytes()));
  const FeedCounters now = feed.counters();
  for (const Copied& copied : counters_) {
    const std::uint64_t more = now.*copied.field - last_.*copied.field;
    if (more > 0) copied.counter.Increment(static_cast<double>(more));
  }
  last_ = now;
}

}  // namespace parley::gateway
