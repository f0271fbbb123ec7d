#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "cli/probe/addresses.h"

namespace parley::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ProbeAddressesTest, NumbersStayAndWhatDoesNotResolveIsLeftOut) {
  EXPECT_THAT(AddressesOf({"127.0.0.1:2", "nobody.invalid:1", "no port", "127.0.0.1:1",
                           "127.0.0.1:2", "[::1]:3"}),
              ElementsAre("127.0.0.1:1", "127.0.0.1:2", "[::1]:3"));
}

TEST(ProbeAddressesTest, NobodyIsOnBothSidesAndEachMeetsEachInTime) {
  const std::vector<std::string> all = {"a:1", "b:1", "c:1"};
  std::mt19937_64 chance(7);
  std::set<std::string> met;
  for (int i = 0; i < 200; ++i) {
    const Sides sides = Divide(all, chance);
    EXPECT_EQ(sides.senders.size() + sides.receivers.size(), all.size());
    for (const std::string& sender : sides.senders) {
      for (const std::string& receiver : sides.receivers) met.insert(sender + receiver);
    }
  }
  EXPECT_EQ(met.size(), all.size() * (all.size() - 1));
}

TEST(ProbeAddressesTest, OneAloneIsOnBothSides) {
  std::mt19937_64 chance(7);
  const Sides sides = Divide({"a:1"}, chance);
  EXPECT_THAT(sides.senders, ElementsAre("a:1"));
  EXPECT_THAT(sides.receivers, ElementsAre("a:1"));
  EXPECT_THAT(Divide({}, chance).senders, IsEmpty());
}

}  // namespace
}  // namespace parley::cli
