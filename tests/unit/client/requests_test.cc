#include "client/requests.h"

#include <gtest/gtest.h>

#include <chrono>

namespace parley::client {
namespace {

using std::chrono::seconds;

const TimePoint kStart{};

Request APublish(const char* id) {
  return PublishRequest{.channel = ChannelName("general"), .id = MessageId(id)};
}

TEST(RequestsTest, ARequestIsTakenOnce) {
  Requests requests;
  const std::uint64_t ref = requests.Add(JoinRequest{}, kStart);
  EXPECT_NE(ref, 0U);
  EXPECT_TRUE(requests.Take(ref));
  EXPECT_FALSE(requests.Take(ref));
  EXPECT_FALSE(requests.Take(ref + 1));
}

TEST(RequestsTest, RefsAreNeverUsedTwice) {
  Requests requests;
  const std::uint64_t first = requests.Add(JoinRequest{}, kStart);
  EXPECT_TRUE(requests.Take(first));
  EXPECT_NE(requests.Add(JoinRequest{}, kStart), first);
}

TEST(RequestsTest, OnlyWhatIsDueIsTaken) {
  Requests requests;
  (void)requests.Add(APublish("late"), kStart + seconds(9));
  (void)requests.Add(APublish("soon"), kStart + seconds(3));
  EXPECT_EQ(requests.NextDue(), kStart + seconds(3));

  std::vector<Request> due = requests.TakeDue(kStart + seconds(3));
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(std::get<PublishRequest>(due[0]).id, MessageId("soon"));
  EXPECT_EQ(requests.NextDue(), kStart + seconds(9));
  EXPECT_EQ(requests.publishes(), 1U);
}

TEST(RequestsTest, NothingIsDueWhenNothingWaits) {
  Requests requests;
  const std::uint64_t ref = requests.Add(APublish("one"), kStart);
  EXPECT_TRUE(requests.Take(ref));
  EXPECT_EQ(requests.NextDue(), TimePoint::max());
  EXPECT_EQ(requests.publishes(), 0U);
}

TEST(RequestsTest, AFailedPublishKeepsItsNames) {
  Request request = APublish("one");
  std::future<PublishResult> answer = std::get<PublishRequest>(request).answer.get_future();
  Fail(request, {.code = "ERROR_BUSY", .message = "full"}, Outcome::kNotStored);
  const PublishResult result = answer.get();
  EXPECT_EQ(result.outcome, Outcome::kNotStored);
  EXPECT_EQ(result.id, MessageId("one"));
  EXPECT_EQ(result.error.code, "ERROR_BUSY");
}

}  // namespace
}  // namespace parley::client
