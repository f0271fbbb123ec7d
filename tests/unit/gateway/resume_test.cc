#include "services/gateway/session/resume.h"

#include <gtest/gtest.h>

namespace parley::gateway {
namespace {

const ChannelName kChannel("general");
const LogInfo kLog{1000, 8, 300'000};

std::string Token(LogEpoch epoch, Partition partition, Offset offset,
                  const ChannelName& channel = kChannel) {
  return EncodeToken({epoch, partition, offset}, channel);
}

edge::v1::Recovery VerdictOn(const std::string& token) {
  const Resume resume = JudgeToken(token, kChannel, kLog);
  EXPECT_FALSE(resume.after);
  return resume.verdict;
}

TEST(ResumeTest, NoTokenAsksForNothing) { EXPECT_EQ(VerdictOn(""), edge::v1::RECOVERY_NOT_ASKED); }

TEST(ResumeTest, ATokenOfThisLogIsForTheLogToJudge) {
  const Partition partition = PartitionOf(kChannel, kLog.partitions);
  EXPECT_EQ(JudgeToken(Token(1000, partition, 41), kChannel, kLog).after, 41);
  EXPECT_EQ(JudgeToken(Token(1000, partition, -1), kChannel, kLog).after, -1);
  EXPECT_EQ(JudgeToken(Token(1000, partition, INT64_MAX - 1), kChannel, kLog).after, INT64_MAX - 1);
}

TEST(ResumeTest, WhatATokenSaysByItselfIsJudgedAtOnce) {
  const Partition partition = PartitionOf(kChannel, kLog.partitions);
  EXPECT_EQ(VerdictOn("nonsense"), edge::v1::RECOVERY_OTHER_CHANNEL);
  EXPECT_EQ(VerdictOn(std::string("\xff\0", 2)), edge::v1::RECOVERY_OTHER_CHANNEL);
  EXPECT_EQ(VerdictOn(Token(1000, partition, 5, ChannelName("random"))),
            edge::v1::RECOVERY_OTHER_CHANNEL);
  EXPECT_EQ(VerdictOn(Token(999, partition, 5)), edge::v1::RECOVERY_OTHER_EPOCH);
  EXPECT_EQ(VerdictOn(Token(1001, partition, 5)), edge::v1::RECOVERY_OTHER_EPOCH);
  EXPECT_EQ(VerdictOn(Token(1000, (partition + 1) % 8, 5)), edge::v1::RECOVERY_OTHER_PARTITION);
}

}  // namespace
}  // namespace parley::gateway
