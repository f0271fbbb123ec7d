#include <gtest/gtest.h>

#include "tests/unit/presence/presence_walk.h"

namespace parley::presence {
namespace {

TEST(PresenceWalkTest, AgreesWithTheModel) {
  for (unsigned seed = 1; seed <= 1'000; ++seed) {
    const auto wrong = WalkPresence(seed);
    ASSERT_FALSE(wrong) << "seed " << seed << ": " << *wrong;
  }
}

}  // namespace
}  // namespace parley::presence
