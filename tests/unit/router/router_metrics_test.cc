#include "services/router/router_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include <prometheus/registry.h>

namespace parley::router {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(RouterMetricsTest, PartitionThatIsReadNoMoreHasNoLag) {
  prometheus::Registry registry;
  RouterMetrics metrics(registry);
  const auto lags = [&registry] {
    std::map<std::string, double> of;
    for (const auto& family : registry.Collect()) {
      if (family.name != "parley_router_consumer_lag_records") continue;
      for (const auto& metric : family.metric) of[metric.label.at(0).value] = metric.gauge.value;
    }
    return of;
  };
  metrics.SetLag({{1, 10}, {2, 20}});
  EXPECT_THAT(lags(), ElementsAre(Pair("1", 10), Pair("2", 20)));
  metrics.SetLag({{2, 21}, {3, 30}});
  EXPECT_THAT(lags(), ElementsAre(Pair("2", 21), Pair("3", 30)));
}

}  // namespace
}  // namespace parley::router
