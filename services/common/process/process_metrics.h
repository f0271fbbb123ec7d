#pragma once

#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

namespace parley::process {

// `parley_build_info` and, read from /proc when asked, the usual `process_*`, which prometheus-cpp
// does not export. A value that /proc does not tell is left out.
class ProcessMetrics final : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace parley::process
