#pragma once

#include <array>
#include <cstddef>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "cli/probe/route.h"

namespace parley::cli {

// `parley_probe_…`: what a probe exports. Thread-safe.
class ProbeMetrics final {
 public:
  explicit ProbeMetrics(prometheus::Registry& registry);

  void Count(const ProbeResult& result);
  void SetGateways(std::size_t count);

 private:
  std::array<prometheus::Counter*, 5> messages_;  // By outcome.
  prometheus::Histogram& publish_seconds_;
  prometheus::Histogram& delivery_seconds_;
  prometheus::Gauge& gateways_;
};

}  // namespace parley::cli
