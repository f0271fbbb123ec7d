#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/gateway/feed/walk/feed_walk.h"
#include "tests/unit/gateway/feed/walk/violation.h"

namespace parley::gateway::walk {
namespace {

constexpr int kSteps = 600;

// PARLEY_WALK_SEEDS makes the walk longer, PARLEY_WALK_SEED walks one seed only.
std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::optional<std::string> ViolationOf(std::uint64_t seed, Plant plant) {
  try {
    static_cast<void>(FeedWalk(seed, plant).Run(kSteps));
    return std::nullopt;
  } catch (const Violation& violation) {
    return violation.what();
  }
}

TEST(FeedWalkTest, EveryMessageOnceInOrderThroughEveryFault) {
  const std::uint64_t first = FromEnvironment("PARLEY_WALK_SEED", 0);
  const std::uint64_t count =
      std::getenv("PARLEY_WALK_SEED") ? 1 : FromEnvironment("PARLEY_WALK_SEEDS", 2000);
  WalkResult total;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    try {
      const WalkResult result = FeedWalk(seed, Plant::kNone).Run(kSteps);
      total.messages += result.messages;
      total.pages += result.pages;
      total.losses += result.losses;
      total.counters.holes += result.counters.holes;
      total.counters.stale += result.counters.stale;
      total.counters.repeated += result.counters.repeated;
      total.counters.moves += result.counters.moves;
      total.counters.serves_unanswered += result.counters.serves_unanswered;
      total.counters.pages_from_memory += result.counters.pages_from_memory;
      total.counters.attaches_failed += result.counters.attaches_failed;
      total.counters.recent_evicted += result.counters.recent_evicted;
      total.counters.new_logs += result.counters.new_logs;
    } catch (const Violation& violation) {
      FAIL() << "seed " << seed << ": " << violation.what();
    }
  }
  RecordProperty("messages", std::to_string(total.messages));
  if (count == 1) return;
  // The walk is worth something only while it meets what it is about.
  EXPECT_GT(total.messages, count * 50);
  EXPECT_GT(total.pages, count * 5);
  EXPECT_GT(total.losses, count / 10);
  EXPECT_GT(total.counters.holes, count / 10);
  EXPECT_GT(total.counters.stale, count / 10);
  EXPECT_GT(total.counters.repeated, count / 10);
  EXPECT_GT(total.counters.moves, count);
  EXPECT_GT(total.counters.serves_unanswered, count / 10);
  EXPECT_GT(total.counters.pages_from_memory, count);
  EXPECT_GT(total.counters.attaches_failed, count / 10);
  EXPECT_GT(total.counters.recent_evicted, count / 10);
  EXPECT_GT(total.counters.new_logs, count);
}

struct PlantedBug {
  Plant plant;
  std::string name;
};

class FeedWalkPlantTest : public testing::TestWithParam<PlantedBug> {};

TEST_P(FeedWalkPlantTest, IsNoticed) {
  constexpr std::uint64_t kSeeds = 300;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    if (ViolationOf(seed, GetParam().plant)) return;
  }
  FAIL() << "no walk of " << kSeeds << " noticed the planted bug";
}

INSTANTIATE_TEST_SUITE_P(
    All, FeedWalkPlantTest,
    testing::Values(PlantedBug{Plant::kRouterDropsARecord, "RouterDropsARecord"},
                    PlantedBug{Plant::kRouterRepeatsUnderNewOffset, "RouterRepeatsUnderNewOffset"},
                    PlantedBug{Plant::kGatewayChecksNoHole, "GatewayChecksNoHole"},
                    PlantedBug{Plant::kGatewayTakesStaleServes, "GatewayTakesStaleServes"},
                    PlantedBug{Plant::kGatewayForgetsFirstCursor, "GatewayForgetsFirstCursor"}),
    [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace parley::gateway::walk
