#include "services/gateway/session/history.h"

#include <gtest/gtest.h>

#include "services/gateway/hub/delivered_message.h"

namespace parley::gateway {
namespace {

const ChannelName kChannel("general");
const LogInfo kLog{1000, 8, 300'000};

std::string Token(Offset offset) {
  return EncodeToken({kLog.epoch, PartitionOf(kChannel, kLog.partitions), offset}, kChannel);
}

PageRequest Accepted(std::string_view before, std::uint32_t limit) {
  return std::get<PageRequest>(JudgeHistory("general", UserId(), before, limit, 1000, kLog));
}

edge::v1::ErrorCode Refused(const std::string& channel, std::string_view before,
                            const std::optional<LogInfo>& log = kLog) {
  return std::get<Refusal>(JudgeHistory(channel, UserId("ann"), before, 1, 1000, log)).code;
}

TEST(HistoryTest, ReadsBackwardsFromTheEndOrFromAPosition) {
  const PageRequest from_end = Accepted("", 0);
  EXPECT_EQ(from_end.channel, kChannel);
  EXPECT_EQ(from_end.direction, PageRequest::Direction::kBackward);
  EXPECT_EQ(from_end.bound, kEndOfLog);
  EXPECT_EQ(from_end.limit, 50u);
  EXPECT_EQ(from_end.bytes_max, 1000u);
  EXPECT_EQ(Accepted(Token(41), 7).bound, 41);
  EXPECT_EQ(Accepted(Token(41), 7).limit, 7u);
  EXPECT_EQ(Accepted("", 501).limit, 500u);
}

TEST(HistoryTest, RefusesWhatIsNoPositionOfTheChannel) {
  const std::string other = EncodeToken({1000, 0, 5}, ChannelName("random"));
  const std::string old = EncodeToken({999, PartitionOf(kChannel, kLog.partitions), 5}, kChannel);
  EXPECT_EQ(Refused("general", "nonsense"), edge::v1::ERROR_INVALID_POSITION);
  EXPECT_EQ(Refused("general", other), edge::v1::ERROR_INVALID_POSITION);
  EXPECT_EQ(Refused("general", old), edge::v1::ERROR_INVALID_POSITION);
  EXPECT_EQ(Refused("", ""), edge::v1::ERROR_INVALID_CHANNEL);
  EXPECT_EQ(Refused("@bob", ""), edge::v1::ERROR_FORBIDDEN);
  EXPECT_EQ(Refused("general", "", std::nullopt), edge::v1::ERROR_UNAVAILABLE);
}

Page OkPage() {
  ChatMessage message;
  message.channel = kChannel;
  message.content = "hello";
  Page page;
  page.outcome = PageOutcome::kOk;
  page.messages = {std::make_shared<DeliveredMessage>(
      message, Position{1000, PartitionOf(kChannel, 8), 30}, std::nullopt, 5)};
  page.from = 28;
  return page;
}

TEST(HistoryTest, ThePageSaysWhereToReadOn) {
  Page page = OkPage();
  const History history = std::get<History>(MakeHistory(page, kChannel, kLog));
  ASSERT_EQ(history.messages.size(), 1);
  EXPECT_EQ(history.messages[0].content(), "hello");
  EXPECT_EQ(history.older, Token(28));

  page.at_start = true;
  EXPECT_EQ(std::get<History>(MakeHistory(page, kChannel, kLog)).older, "");
}

TEST(HistoryTest, WhatTheLogCannotGiveIsSaid) {
  Page page;
  page.outcome = PageOutcome::kBusy;
  EXPECT_EQ(std::get<Refusal>(MakeHistory(page, kChannel, kLog)).code, edge::v1::ERROR_BUSY);
  page.outcome = PageOutcome::kFuture;
  EXPECT_EQ(std::get<Refusal>(MakeHistory(page, kChannel, kLog)).code,
            edge::v1::ERROR_INVALID_POSITION);
  page.outcome = PageOutcome::kExpired;
  EXPECT_TRUE(std::get<History>(MakeHistory(page, kChannel, kLog)).messages.empty());
}

}  // namespace
}  // namespace parley::gateway
