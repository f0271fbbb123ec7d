#include "services/router/router_metrics.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

namespace parley::router {
namespace {

using testing::HasSubstr;
using testing::Not;

class RouterMetricsTest : public testing::Test {
 protected:
  std::string Shown() const { return prometheus::TextSerializer().Serialize(registry.Collect()); }

  prometheus::Registry registry;
  RouterMetrics metrics{registry};
};

TEST_F(RouterMetricsTest, LagOfAPartitionGoesWhenItIsReadNoLonger) {
  metrics.SetLag({{3, 7}, {4, 9}});
  EXPECT_THAT(Shown(), HasSubstr("parley_router_consumer_lag_records{partition=\"3\"} 7\n"));
  metrics.SetLag({{4, 2}});
  EXPECT_THAT(Shown(), Not(HasSubstr("partition=\"3\"")));
  EXPECT_THAT(Shown(), HasSubstr("parley_router_consumer_lag_records{partition=\"4\"} 2\n"));
  metrics.SetLag({});
  EXPECT_THAT(Shown(), Not(HasSubstr("partition=\"4\"")));
  metrics.SetLag({{3, 5}});
  EXPECT_THAT(Shown(), HasSubstr("parley_router_consumer_lag_records{partition=\"3\"} 5\n"));
}

TEST_F(RouterMetricsTest, ReadersOfAnotherLogDoNotInheritTheLag) {
  { RouterMetrics(registry).SetLag({{3, 7}}); }
  EXPECT_THAT(Shown(), Not(HasSubstr("partition=\"3\"")));
}

}  // namespace
}  // namespace parley::router
