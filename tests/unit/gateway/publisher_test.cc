#include "services/gateway/publish/publisher.h"

#include <utility>

#include "tests/unit/gateway/publisher_fixture.h"

namespace parley::gateway {
namespace {

using std::chrono::seconds;

TEST_F(PublisherTest, TheRecordGoesToTheChannelsPartition) {
  Draft draft = DraftOf("general", "id-1");
  draft.retry = true;
  Publish(draft);
  ASSERT_EQ(log_writer.appended.size(), 1u);
  const kafka::OutgoingRecord& record = log_writer.appended.front().record;
  EXPECT_EQ(record.topic, "chatting");
  EXPECT_EQ(record.key, "general");
  EXPECT_EQ(record.partition, PartitionOf(ChannelName("general"), kLog.partitions));
  EXPECT_EQ(record.value, SerializeRecord(draft.message));
  const decltype(record.headers) headers = {{"content-type", "application/x-protobuf"},
                                            {"parley-retry", "1"}};
  EXPECT_EQ(record.headers, headers);
}

TEST_F(PublisherTest, AnAckComesOnlyFromKafkasReport) {
  const auto outcome = Publish(DraftOf("general", "id-1"));
  publisher.Tick(TimePoint{seconds(4)});
  EXPECT_FALSE(*outcome);
  log_writer.Store(41);
  ASSERT_TRUE(*outcome);
  const Ack& ack = std::get<Ack>(**outcome);
  EXPECT_EQ(ack.id.value(), "id-1");
  const Partition partition = PartitionOf(ack.channel, kLog.partitions);
  EXPECT_EQ(ack.position, EncodeToken({kLog.epoch, partition, 41}, ChannelName("general")));
  EXPECT_EQ(metrics.stored.Value(), 1);
}

TEST_F(PublisherTest, WithoutAnIdOneIsMade) {
  const auto outcome = Publish(DraftOf("general", ""));
  log_writer.Store(1);
  EXPECT_EQ(std::get<Ack>(**outcome).id.value().size(), 36u);
}

TEST_F(PublisherTest, WhatKafkaSaysIsTold) {
  const auto not_stored = Publish(DraftOf("general", "a"));
  const auto unknown = Publish(DraftOf("general", "b"));
  log_writer.Report({kafka::StoreOutcome::kNotStored, -1, "broker down"});
  log_writer.Report({kafka::StoreOutcome::kUnknown, -1, "timed out"});
  EXPECT_EQ(CodeOf(*not_stored), edge::v1::ERROR_UNAVAILABLE);
  EXPECT_EQ(CodeOf(*unknown), edge::v1::ERROR_OUTCOME_UNKNOWN);
}

TEST_F(PublisherTest, AfterTheLoopStoodStillNothingIsTakenForAWhile) {
  publisher.Tick(TimePoint{seconds(10)});
  publisher.Tick(TimePoint{seconds(15)});
  EXPECT_FALSE(*Publish(DraftOf("general", "a"), TimePoint{seconds(15)})) << "busy, not stalled";
  // What was waiting in the sockets may come before the tick, or after.
  const auto before = Publish(DraftOf("general", "b"), TimePoint{seconds(21)});
  publisher.Tick(TimePoint{seconds(21)});
  const auto after = Publish(DraftOf("general", "c"), TimePoint{seconds(25)});
  EXPECT_EQ(CodeOf(*before), edge::v1::ERROR_UNAVAILABLE);
  EXPECT_EQ(CodeOf(*after), edge::v1::ERROR_UNAVAILABLE);
  EXPECT_EQ(metrics.stalls.Value(), 1);
  EXPECT_EQ(log_writer.appended.size(), 1u);
  publisher.Tick(TimePoint{seconds(26)});
  EXPECT_FALSE(*Publish(DraftOf("general", "d"), TimePoint{seconds(26)}));
}

TEST_F(PublisherTest, AtTheDeadlineTheOutcomeIsUnknownAndTheLateReportChangesNothing) {
  const auto early = Publish(DraftOf("general", "a"), TimePoint{seconds(0)});
  const auto late = Publish(DraftOf("general", "b"), TimePoint{seconds(3)});
  publisher.Tick(TimePoint{seconds(5)});
  EXPECT_EQ(CodeOf(*early), edge::v1::ERROR_OUTCOME_UNKNOWN);
  EXPECT_FALSE(*late);
  EXPECT_EQ(publisher.in_flight(), 2u) << "the record is still in the producer";
  log_writer.Store(1);
  log_writer.Store(2);
  EXPECT_EQ(CodeOf(*early), edge::v1::ERROR_OUTCOME_UNKNOWN);
  EXPECT_TRUE(std::holds_alternative<Ack>(**late));
  EXPECT_EQ(publisher.in_flight(), 0u);
  EXPECT_EQ(metrics.unknown.Value(), 1);
}

TEST_F(PublisherTest, BeyondTheLimitItIsBusyUntilKafkaReports) {
  for (const char* id : {"a", "b", "c"}) Publish(DraftOf("general", id));
  EXPECT_EQ(CodeOf(*Publish(DraftOf("general", "d"))), edge::v1::ERROR_BUSY);
  EXPECT_EQ(log_writer.appended.size(), 3u);
  log_writer.Store(1);
  EXPECT_FALSE(*Publish(DraftOf("general", "d")));
  EXPECT_EQ(metrics.busy.Value(), 1);
}

TEST_F(PublisherTest, WhatTheProducerRefusesIsToldAtOnce) {
  log_writer.accepts = kafka::Accepted::kQueueFull;
  EXPECT_EQ(CodeOf(*Publish(DraftOf("general", "a"))), edge::v1::ERROR_BUSY);
  log_writer.accepts = kafka::Accepted::kStopping;
  EXPECT_EQ(CodeOf(*Publish(DraftOf("general", "a"))), edge::v1::ERROR_UNAVAILABLE);
  EXPECT_EQ(publisher.in_flight(), 0u);
  // The numbering of reports has no hole from what was refused.
  log_writer.accepts = kafka::Accepted::kYes;
  const auto outcome = Publish(DraftOf("general", "a"));
  log_writer.Store(9);
  EXPECT_TRUE(std::holds_alternative<Ack>(**outcome));
}

TEST_F(PublisherTest, ReportsOfDifferentPartitionsComeInAnyOrder) {
  const auto first = Publish(DraftOf("general", "a"));
  const auto second = Publish(DraftOf("random", "b"));
  std::swap(log_writer.appended[0], log_writer.appended[1]);
  log_writer.Store(7);
  EXPECT_FALSE(*first);
  EXPECT_EQ(std::get<Ack>(**second).id.value(), "b");
  log_writer.Store(8);
  EXPECT_EQ(std::get<Ack>(**first).id.value(), "a");
}

TEST_F(PublisherTest, BeforeTheLogIsKnownNothingIsTaken) {
  Publisher early({}, log_writer, uuids, metrics);
  std::optional<PublishOutcome> outcome;
  early.Publish(DraftOf("general", "a"), {},
                [&](const PublishOutcome& result) { outcome = result; });
  EXPECT_EQ(CodeOf(outcome), edge::v1::ERROR_UNAVAILABLE);
}

TEST_F(PublisherTest, InvalidDraftsDoNotReachTheLog) {
  EXPECT_EQ(CodeOf(*Publish(DraftOf("a\nb", "a"))), edge::v1::ERROR_INVALID_CHANNEL);
  EXPECT_TRUE(log_writer.appended.empty());
  EXPECT_EQ(metrics.invalid.Value(), 1);
}

}  // namespace
}  // namespace parley::gateway
