#include "services/common/rfc3339.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(Rfc3339Test, ReadsAnyZoneAndFraction) {
  EXPECT_EQ(ParseRfc3339("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ParseRfc3339("2026-11-20T13:00:00Z"), 1'795'179'600'000'000);
  EXPECT_EQ(ParseRfc3339("2026-11-20 14:30:00.25+01:30"), 1'795'179'600'250'000);
  EXPECT_EQ(ParseRfc3339("2026-11-20t10:00:00.1234567-03:00"), 1'795'179'600'123'456);
  EXPECT_EQ(ParseRfc3339("1969-12-31T23:59:59.999999Z"), -1);
  EXPECT_EQ(ParseRfc3339("2016-12-31T23:59:60Z"), ParseRfc3339("2017-01-01T00:00:00Z"));
}

TEST(Rfc3339Test, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "now", "2026-11-20", "2026-11-20T13:00:00", "2026-13-20T13:00:00Z",
        "2026-02-29T13:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T13:60:00Z",
        "2026-11-20T13:00:61Z", "2026-11-20T13:00:00.Z", "2026-11-20T13:00:00+1:30",
        "2026-11-20T13:00:00+24:00", "2026-11-20T13:00:00Zx", "20261120T130000Z"}) {
    EXPECT_EQ(ParseRfc3339(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace parley
