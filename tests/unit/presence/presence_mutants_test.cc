// The registry with bugs planted in it (services/common/plant.h): the walk must find each.

#include <gtest/gtest.h>

#include <iostream>
#include <string>

#include "services/common/plant.h"
#include "tests/unit/presence/presence_walk.h"

namespace parley {
namespace {

std::string& Mutant() {
  static std::string name;
  return name;
}

}  // namespace

bool Planted(const char* name) { return Mutant() == name; }

namespace presence {
namespace {

class PresenceMutantsTest : public testing::TestWithParam<const char*> {
 protected:
  ~PresenceMutantsTest() override { Mutant().clear(); }
};

TEST_P(PresenceMutantsTest, IsCaughtWithinTenThousandWalks) {
  Mutant() = GetParam();
  for (unsigned seed = 1; seed <= 10'000; ++seed) {
    WalkedFaults met;
    const auto wrong = WalkPresence(seed, met);
    if (!wrong) continue;
    RecordProperty("seed", std::to_string(seed));
    std::cout << Mutant() << " is caught by walk " << seed << ": " << *wrong << std::endl;
    return;
  }
  FAIL() << Mutant() << " was not caught";
}

INSTANTIATE_TEST_SUITE_P(Presence, PresenceMutantsTest,
                         testing::Values("ignore-epoch", "ignore-hole", "forget-meanwhile"));

}  // namespace
}  // namespace presence
}  // namespace parley
