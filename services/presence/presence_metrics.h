#pragma once

#include <array>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "services/presence/directory.h"

namespace parley::presence {

// What a presence replica counts. Set from its directory once per tick and batch, on its loop.
struct PresenceMetrics {
  explicit PresenceMetrics(prometheus::Registry& registry);

  void Set(Directory& directory);

  prometheus::Gauge& servers;
  prometheus::Gauge& servers_held_back;  // Silent, but not dropped: too many are.
  prometheus::Gauge& sessions;
  prometheus::Gauge& users;
  prometheus::Gauge& channels;
  prometheus::Gauge& following;  // 1 while the log is read to its end and Kafka answers.
  prometheus::Gauge& watchers_of_servers;
  prometheus::Gauge& watchers_of_rosters;
  prometheus::Counter& watchers_cut_off;
  prometheus::Counter& dropped_silent;
  prometheus::Counter& dropped_gone;
  std::array<prometheus::Counter*, kEventTypes> events;  // Applied, by type.
  prometheus::Counter& events_old;
  prometheus::Counter& events_refused;
  prometheus::Counter& events_unreadable;
  prometheus::Counter& revision_holes;
  prometheus::Counter& snapshots_used;
  prometheus::Counter& snapshots_failed;
};

}  // namespace parley::presence
