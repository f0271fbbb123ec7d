#include "tests/unit/presence/presence_walk.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string>

namespace parley::presence {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr unsigned kWalks = 1'000;  // Each takes ten times as long.
#else
constexpr unsigned kWalks = 10'000;
#endif

// PARLEY_WALK_SEEDS makes the walk longer, PARLEY_WALK_SEED walks one seed only.
unsigned FromEnvironment(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

TEST(PresenceWalkTest, AgreesWithTheModel) {
  const bool one = std::getenv("PARLEY_WALK_SEED") != nullptr;
  const unsigned first = FromEnvironment("PARLEY_WALK_SEED", 1);
  const unsigned count = one ? 1 : FromEnvironment("PARLEY_WALK_SEEDS", kWalks);
  WalkedFaults met;
  for (unsigned seed = first; seed < first + count; ++seed) {
    const auto wrong = WalkPresence(seed, met);
    ASSERT_FALSE(wrong) << "seed " << seed << ": " << *wrong << "\nagain: " << HowToReplay(seed);
  }
  std::cout << count << " walks: " << met.holes << " holes, " << met.old << " old records, "
            << met.dropped << " gateways dropped, snapshots " << met.snapshots_used << " used, "
            << met.snapshots_failed << " failed\n";
  if (one) return;
  // The walk is worth something only while it meets what it is about.
  EXPECT_GT(met.holes, count);
  EXPECT_GT(met.old, count);
  EXPECT_GT(met.dropped, count / 2);
  EXPECT_GT(met.snapshots_used, count);
  EXPECT_GT(met.snapshots_failed, count / 2);
}

}  // namespace
}  // namespace parley::presence
