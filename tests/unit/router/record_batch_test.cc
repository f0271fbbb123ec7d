#include "services/router/tail/record_batch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "parley/internal/v1/link.pb.h"
#include "services/common/position.h"
#include "services/router/feed/frame.h"
#include "tests/fakes/router/fake_routers.h"
#include "tests/fakes/router/fake_topic.h"

namespace parley::router {
namespace {

using internal::v1::LinkRecord;
using internal::v1::RouterFrame;

RecordRuns AllOf(const BatchPtr& batch) {
  RecordRuns runs;
  for (std::uint32_t i = 0; i < batch->entries().size(); ++i) runs.Add(batch, i);
  return runs;
}

TEST(RecordBatchTest, FramesMadeOfItAreWhatProtobufExpects) {
  ChatMessage message;
  message.channel = ChannelName("räume");
  message.id = MessageId("id");
  message.sender = UserId("someone");
  message.content = std::string(300, 'x');
  message.accepted_at_us = 1'700'000'000'000'001;
  message.headers = {{"name", "value"}, {"empty", ""}};
  RawRecord raw;
  raw.offset = 5'000'000'000;
  raw.time_ms = 1'700'000'000'000;
  const std::string value = SerializeRecord(message);
  raw.key = message.channel.value();
  raw.value = value;
  raw.headers = {{kContentTypeHeader, kContentTypeProtobuf}};
  BatchBuilder builder({.partitions = 1}, 0, raw.offset);
  builder.Add(raw);
  const BatchPtr batch = builder.Take(raw.offset);
  ASSERT_EQ(batch->entries().size(), 1U);
  EXPECT_EQ(batch->channel(batch->entries()[0]), "räume");

  const RouterFrame deliver = Decode(DeliverFrame(3, 9, -1, raw.offset, AllOf(batch)));
  EXPECT_EQ(deliver.deliver().partition(), 3);
  EXPECT_EQ(deliver.deliver().serve(), 9U);
  EXPECT_EQ(deliver.deliver().from(), -1);
  EXPECT_EQ(deliver.deliver().through(), raw.offset);
  ASSERT_EQ(deliver.deliver().records_size(), 1);
  const LinkRecord& record = deliver.deliver().records(0);
  EXPECT_EQ(record.offset(), raw.offset);
  EXPECT_EQ(record.channel(), "räume");
  EXPECT_EQ(record.id(), "id");
  EXPECT_EQ(record.sender(), "someone");
  EXPECT_EQ(record.content(), message.content);
  EXPECT_EQ(record.time_ms(), raw.time_ms);
  EXPECT_EQ(record.accepted_at_us(), message.accepted_at_us);
  ASSERT_EQ(record.headers_size(), 2);
  EXPECT_EQ(record.headers(0).value(), "value");
  EXPECT_EQ(record.headers(1).name(), "empty");

  const RouterFrame answer = Decode(PageFrame({.read = 4,
                                               .outcome = internal::v1::READ_OUTCOME_OK,
                                               .records = AllOf(batch),
                                               .through = 8}));
  EXPECT_EQ(answer.read().read(), 4U);
  EXPECT_EQ(answer.read().through(), 8);
  ASSERT_EQ(answer.read().records_size(), 1);
  EXPECT_EQ(answer.read().records(0).SerializeAsString(), record.SerializeAsString());
}

TEST(RecordBatchTest, NeighboursAreOneRun) {
  FakeTopic topic(1);
  for (int i = 0; i < 10; ++i) topic.AppendMessage("a", std::to_string(i), false, i);
  const BatchPtr batch = topic.Read(0, 0, 10);
  RecordRuns runs = AllOf(batch);
  EXPECT_EQ(runs.runs().size(), 1U);
  EXPECT_EQ(runs.count(), 10U);
  EXPECT_EQ(runs.bytes(), runs.runs().front().deliver_bytes().size());
  runs.DropFirst();
  EXPECT_EQ(runs.first_offset(), 1);
  EXPECT_EQ(runs.bytes(), runs.runs().front().deliver_bytes().size());
}

TEST(RecordBatchTest, WhatIsNoMessageHereIsSetAside) {
  FakeTopic topic(2);
  const Partition home = PartitionOf(ChannelName("a"), 2);
  const Partition other = 1 - home;
  topic.AppendMessage("a", "moved", false, 1, other);
  topic.Append(other, {.key = "a", .value = "rubbish", .headers = {{"x", "y"}}, .time_ms = 2});
  topic.Append(other, {.key = "a", .value = std::nullopt, .headers = {}, .time_ms = 3});
  topic.Append(other, {.key = "a",
                       .value = R"({"content":"again"})",
                       .headers = {{std::string(kOriginHeader), "7/1"}},
                       .time_ms = 4});
  const BatchPtr batch = topic.Read(other, 0, 10);

  EXPECT_TRUE(batch->entries().empty());
  EXPECT_EQ(batch->skipped(), 1U);
  EXPECT_EQ(batch->through(), 3);
  ASSERT_EQ(batch->set_aside().size(), 3U);
  const SetAside& forwarded = batch->set_aside()[0];
  EXPECT_EQ(forwarded.kind, SetAside::Kind::kForward);
  EXPECT_EQ(forwarded.partition, home);
  EXPECT_EQ(forwarded.key, "a");
  const SetAside& dead = batch->set_aside()[1];
  EXPECT_EQ(dead.kind, SetAside::Kind::kDeadLetter);
  EXPECT_EQ(dead.value, "rubbish");
  EXPECT_EQ(dead.headers.front(), std::make_pair(std::string("x"), std::string("y")));
  EXPECT_EQ(batch->set_aside()[2].reason, "misplaced");

  // The forwarded copy is a message in its new place, and marked: a second one is a duplicate.
  topic.Append(
      home,
      {.key = forwarded.key, .value = forwarded.value, .headers = forwarded.headers, .time_ms = 5});
  const BatchPtr moved = topic.Read(home, 0, 1);
  ASSERT_EQ(moved->entries().size(), 1U);
  EXPECT_TRUE(moved->entries()[0].retry);
}

// librdkafka repeats by itself, unmarked, what was under way when the machine stood still.
TEST(RecordBatchTest, ARecordThatWasHeldMayBeACopyLikeOneThatIsMarked) {
  constexpr std::int64_t kAcceptedMs = 1'700'000'000'000;
  ChatMessage message;
  message.channel = ChannelName("general");
  message.id = MessageId("id");
  message.sender = UserId("someone");
  message.content = "hi";
  const auto is_retry = [&](std::int64_t accepted_at_us, std::int64_t appended_ms) {
    message.accepted_at_us = accepted_at_us;
    const std::string value = SerializeRecord(message);
    RawRecord raw;
    raw.time_ms = appended_ms;
    raw.key = "general";
    raw.value = value;
    raw.headers = {{kContentTypeHeader, kContentTypeProtobuf}};
    BatchBuilder builder({.partitions = 1, .held_ms_max = 15'000}, 0, 0);
    builder.Add(raw);
    return builder.Take(0)->entries().at(0).retry;
  };
  EXPECT_FALSE(is_retry(kAcceptedMs * 1000, kAcceptedMs + 15'000));
  EXPECT_TRUE(is_retry(kAcceptedMs * 1000, kAcceptedMs + 15'001));
  EXPECT_FALSE(is_retry(kAcceptedMs * 1000, kAcceptedMs - 60'000)) << "clocks differ";
  EXPECT_FALSE(is_retry(0, kAcceptedMs)) << "another program wrote it";
}

// A dead letter that its topic does not take would stop its partition's side effects for good.
TEST(RecordBatchTest, ALargeDeadLetterIsCutAndSaysSo) {
  const std::string garbage = "{" + std::string(1'000'000, 'x');
  RawRecord raw;
  raw.key = "general";
  raw.value = garbage;
  BatchBuilder builder({.partitions = 1}, 0, 0);
  builder.Add(raw);
  EXPECT_GE(builder.bytes(), 800'000U) << "what is set aside counts towards the batch's bound";
  const BatchPtr batch = builder.Take(0);
  ASSERT_EQ(batch->set_aside().size(), 1U);
  const SetAside& dead = batch->set_aside()[0];
  EXPECT_LE(dead.value.size(), kDeadLetterBytesMax);
  const std::pair<std::string, std::string> truncated(kTruncatedHeader, "1000001");
  EXPECT_EQ(std::count(dead.headers.begin(), dead.headers.end(), truncated), 1);
}

}  // namespace
}  // namespace parley::router
