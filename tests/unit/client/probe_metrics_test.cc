#include "cli/probe/probe_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <chrono>
#include <string>

namespace parley::cli {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;

class ProbeMetricsTest : public testing::Test {
 protected:
  std::string Page() { return prometheus::TextSerializer().Serialize(registry_.Collect()); }

  static std::string Messages(const std::string& result, int count) {
    return "parley_probe_messages_total{result=\"" + result + "\"} " + std::to_string(count) + "\n";
  }

  prometheus::Registry registry_;
  ProbeMetrics metrics_{registry_};
};

TEST_F(ProbeMetricsTest, EachMessageIsCountedAsWhatBecameOfIt) {
  int count = 0;
  for (const ProbeOutcome outcome :
       {ProbeOutcome::kDelivered, ProbeOutcome::kLost, ProbeOutcome::kNotStored,
        ProbeOutcome::kUnknown, ProbeOutcome::kUnreachable}) {
    ++count;
    for (int i = 0; i < count; ++i) metrics_.Count({.outcome = outcome});
  }
  EXPECT_THAT(Page(), AllOf(HasSubstr(Messages("delivered", 1)), HasSubstr(Messages("lost", 2)),
                            HasSubstr(Messages("not_stored", 3)), HasSubstr(Messages("unknown", 4)),
                            HasSubstr(Messages("unreachable", 5))));
}

TEST_F(ProbeMetricsTest, LatenciesAreInSecondsAndOnlyOfWhatHappened) {
  metrics_.Count({.outcome = ProbeOutcome::kDelivered,
                  .acked = milliseconds(250),
                  .delivered = milliseconds(1500)});
  metrics_.Count({.outcome = ProbeOutcome::kLost, .acked = milliseconds(500)});
  metrics_.Count({.outcome = ProbeOutcome::kUnreachable});
  EXPECT_THAT(Page(), AllOf(HasSubstr("parley_probe_publish_duration_seconds_count 2\n"),
                            HasSubstr("parley_probe_publish_duration_seconds_sum 0.75\n"),
                            HasSubstr("parley_probe_delivery_duration_seconds_count 1\n"),
                            HasSubstr("parley_probe_delivery_duration_seconds_sum 1.5\n")));
}

}  // namespace
}  // namespace parley::cli
