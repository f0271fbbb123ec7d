#include "services/gateway/publish/uuid_source.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::gateway {
namespace {

TEST(UuidSourceTest, MakesVersion4Uuids) {
  UuidSource uuids(1);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string uuid = uuids.Next();
    EXPECT_THAT(uuid, testing::MatchesRegex("[0-9a-f]+-[0-9a-f]+-4[0-9a-f]+-[89ab][0-9a-f]+-"
                                            "[0-9a-f]+"));
    EXPECT_EQ(uuid.size(), 36u);
    seen.insert(uuid);
  }
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(UuidSourceTest, SeedsDecide) {
  EXPECT_EQ(UuidSource(5).Next(), UuidSource(5).Next());
  EXPECT_NE(UuidSource(5).Next(), UuidSource(6).Next());
}

}  // namespace
}  // namespace parley::gateway
