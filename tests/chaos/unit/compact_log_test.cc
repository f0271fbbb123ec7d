#include "tests/chaos/compact_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::chaos {
namespace {

using Kind = CompactLog::Kind;

TEST(CompactLogTest, GivesBackWhatWasWrittenDown) {
  Words words;
  CompactLog log(words, "ann");
  log.Add(Kind::kInvoke, 1, "general", "ann-1");
  log.Add(Kind::kOk, 2, "general", "ann-1", "p1").flag = false;
  log.Add(Kind::kJoined, 3, "general", {}, "p0").flag = true;
  log.Add(Kind::kReceived, 4, "general", "ann-1", "p1", "p0");

  const oracle::ClientLog expanded = log.Expand();

  EXPECT_EQ(expanded.user, "ann");
  ASSERT_EQ(expanded.events.size(), 4u);
  EXPECT_EQ(expanded.events[0].id, "ann-1");
  EXPECT_TRUE(expanded.events[0].first_try);
  EXPECT_FALSE(expanded.events[1].first_try);
  EXPECT_TRUE(expanded.events[2].resumed);
  EXPECT_EQ(expanded.events[2].position, "p0");
  EXPECT_EQ(expanded.events[3].channel, "general");
  EXPECT_EQ(expanded.events[3].position, "p1");
  EXPECT_EQ(expanded.events[3].previous, "p0");
  EXPECT_EQ(expanded.events[3].time_us, 4);
  EXPECT_FALSE(expanded.events[3].resumed);
}

TEST(CompactLogTest, ATextIsKeptOnce) {
  Words words;
  const Words::Word general = words.Intern("general");
  EXPECT_EQ(words.Intern(std::string("gene") + "ral"), general);
  EXPECT_NE(words.Intern("ops"), general);
  EXPECT_EQ(words.Intern(""), 0u);
  EXPECT_EQ(words.Text(general), "general");
}

}  // namespace
}  // namespace parley::chaos
