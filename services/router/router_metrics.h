#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "services/common/ids.h"
#include "services/router/router_core.h"

namespace parley::router {

// The router's metrics; docs/metrics.md documents them. A core counts by itself: `Set` carries its
// numbers over, from one core in the life of this; the next core's are added to them.
class RouterMetrics final {
 public:
  explicit RouterMetrics(prometheus::Registry& registry);

  void Set(const RouterCore& core);
  // Of all partitions that are read; the others have none.
  void SetLag(const std::vector<std::pair<Partition, std::int64_t>>& lag);

  prometheus::Histogram& record_age;  // Append to arrival here; the newest of a batch.
  prometheus::Counter& rebalances_assigned;
  prometheus::Counter& rebalances_revoked;

 private:
  prometheus::Counter& Count(const char* name, const char* help);

  prometheus::Registry& registry_;
  RouterCounters told_;
  prometheus::Gauge& tail_bytes_;
  prometheus::Gauge& partitions_owned_;
  prometheus::Gauge& partitions_adopted_;
  prometheus::Gauge& links_;
  prometheus::Counter& records_;
  prometheus::Counter& duplicates_;
  prometheus::Counter& tombstones_;
  prometheus::Counter& forwarded_;
  prometheus::Counter& losses_;
  prometheus::Counter& reads_;
  prometheus::Counter& reads_busy_;
  prometheus::Counter& look_backs_;
  prometheus::Counter& look_backs_given_up_;
  prometheus::Counter& history_failures_;
  prometheus::Counter& readings_interrupted_;
  prometheus::Counter& effects_repeated_;
  prometheus::Counter& logs_recreated_;
  prometheus::Counter& links_cut_;
  prometheus::Counter& frames_refused_;
  prometheus::Counter& delivered_from_tail_;
  prometheus::Counter& delivered_from_history_;
  prometheus::Family<prometheus::Counter>& dead_letters_;
  prometheus::Family<prometheus::Gauge>& lag_;
  std::map<Partition, prometheus::Gauge*> lags_;  // Those that it has.
};

}  // namespace parley::router
