#include <gtest/gtest.h>

#include "services/common/process/options.h"
#include "services/gateway/config.h"

namespace parley::gateway {
namespace {

int ExitCodeOf(std::initializer_list<const char*> arguments) {
  GatewayConfig config;
  process::Options options("parley-gateway", "test");
  config.Describe(options);
  std::vector<const char*> all = {"parley-gateway"};
  all.insert(all.end(), arguments);
  return options.Parse(static_cast<int>(all.size()), all.data()).value_or(-1);
}

TEST(GatewayConfigTest, TheDefaultsAreValid) { EXPECT_EQ(ExitCodeOf({"--check-config"}), 0); }

TEST(GatewayConfigTest, AContentMustFitIntoAFrameAndFramesIntoAnOutbox) {
  EXPECT_NE(ExitCodeOf({"--check-config", "--content-bytes-max=60KiB"}), 0);
  EXPECT_EQ(ExitCodeOf({"--check-config", "--content-bytes-max=60KiB", "--frame-bytes-max=128KiB"}),
            0);
  EXPECT_NE(ExitCodeOf({"--check-config", "--outbox-bytes-max=128KiB"}), 0);
}

TEST(GatewayConfigTest, DrainingMayTakeNoTime) {
  EXPECT_EQ(ExitCodeOf({"--check-config", "--drain-announce=0s", "--drain-window=0s"}), 0);
}

}  // namespace
}  // namespace parley::gateway
