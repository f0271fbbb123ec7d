#include <string>
#include <variant>
#include <vector>

#include "services/common/text.h"
#include "tests/unit/gateway/publisher_fixture.h"

namespace parley::gateway {
namespace {

using kafka::StoreOutcome;
using std::chrono::seconds;

// Publishes to `@bob` by ann.
using DirectMessageTest = PublisherTest;

kafka::Delivery Stored(Offset offset) { return {StoreOutcome::kStored, offset, {}}; }
kafka::Delivery Not(StoreOutcome outcome) { return {outcome, -1, "why"}; }

ChatMessage MessageIn(const kafka::OutgoingRecord& record) {
  RawRecord raw;
  raw.partition = record.partition;
  raw.key = record.key;
  raw.value = record.value;
  const ParsedRecord parsed = ParseRecord(raw, kContentBytesMaxDefault);
  const auto* read = std::get_if<LogRecord>(&parsed);
  EXPECT_NE(read, nullptr) << "it would end in the dead-letter topic";
  return read == nullptr ? ChatMessage() : read->message;
}

TEST_F(DirectMessageTest, OneRecordGoesToTheReceiverAndOneToTheSender) {
  Draft draft = DraftOf("@bob", "id-1");
  draft.message.headers = {{"lang", "en"}};
  draft.retry = true;
  Publish(draft);
  ASSERT_EQ(log_writer.appended.size(), 2u);
  std::vector<std::string> channels;
  for (const auto& [record, done] : log_writer.appended) {
    channels.push_back(record.key);
    EXPECT_EQ(record.partition, PartitionOf(ChannelName(record.key), kLog.partitions));
    EXPECT_EQ(record.headers.back().first, "parley-retry") << "a retry repeats both";
    const ChatMessage message = MessageIn(record);
    EXPECT_EQ(message.id.value(), "id-1");
    EXPECT_EQ(message.sender.value(), "ann");
    EXPECT_EQ(message.content, "hello");
    ASSERT_EQ(message.headers.size(), 2u);
    EXPECT_EQ(message.headers[0].name, "lang");
    EXPECT_EQ(message.headers[1].name, "parley-to");
    EXPECT_EQ(message.headers[1].value, "bob");
  }
  EXPECT_EQ(channels, (std::vector<std::string>{"@bob", "@ann"}));
}

TEST_F(DirectMessageTest, BothHaveTheSameMadeId) {
  Publish(DraftOf("@bob", ""));
  ASSERT_EQ(log_writer.appended.size(), 2u);
  const MessageId id = MessageIn(log_writer.appended[0].record).id;
  EXPECT_EQ(id.value().size(), 36u);
  EXPECT_EQ(MessageIn(log_writer.appended[1].record).id, id);
}

TEST_F(DirectMessageTest, ItIsAckedInTheReceiversChannelOnceBothAreStored) {
  for (const bool receivers_first : {true, false}) {
    const auto outcome = Publish(DraftOf("@bob", "id-1"));
    if (!receivers_first) std::swap(log_writer.appended[0], log_writer.appended[1]);
    log_writer.Report(Stored(receivers_first ? 41 : 7));
    EXPECT_FALSE(*outcome) << "one is missing";
    log_writer.Report(Stored(receivers_first ? 7 : 41));
    ASSERT_TRUE(*outcome);
    const Ack& ack = std::get<Ack>(**outcome);
    const ChannelName bobs("@bob");
    EXPECT_EQ(ack.channel, bobs);
    EXPECT_EQ(ack.id.value(), "id-1");
    EXPECT_EQ(ack.position,
              EncodeToken({kLog.epoch, PartitionOf(bobs, kLog.partitions), 41}, bobs));
  }
  EXPECT_EQ(metrics.stored.Value(), 2) << "publishes, not records";
  EXPECT_EQ(publisher.in_flight(), 0u);
}

TEST_F(DirectMessageTest, OneToOneselfIsOneRecord) {
  const auto outcome = Publish(DraftOf("@ann", "id-1"));
  ASSERT_EQ(log_writer.appended.size(), 1u);
  EXPECT_EQ(MessageIn(log_writer.appended[0].record).headers.at(0).value, "ann");
  log_writer.Store(3);
  EXPECT_TRUE(std::holds_alternative<Ack>(**outcome));
}

TEST_F(DirectMessageTest, UnlessBothEndAlikeTheOutcomeIsUnknown) {
  using enum StoreOutcome;
  for (const StoreOutcome receivers : {kStored, kNotStored, kUnknown}) {
    for (const StoreOutcome senders : {kStored, kNotStored, kUnknown}) {
      if (receivers == kStored && senders == kStored) continue;
      const auto outcome = Publish(DraftOf("@bob", "id-1"));
      log_writer.Report(Not(receivers));
      log_writer.Report(Not(senders));
      const bool neither = receivers == kNotStored && senders == kNotStored;
      EXPECT_EQ(CodeOf(*outcome),
                neither ? edge::v1::ERROR_UNAVAILABLE : edge::v1::ERROR_OUTCOME_UNKNOWN);
    }
  }
}

TEST_F(DirectMessageTest, RefusedAtTheFirstRecordNothingIsDone) {
  log_writer.accepts = kafka::Accepted::kQueueFull;
  EXPECT_EQ(CodeOf(*Publish(DraftOf("@bob", "a"))), edge::v1::ERROR_BUSY);
  EXPECT_EQ(log_writer.appended.size(), 0u);
  EXPECT_EQ(publisher.in_flight(), 0u);
}

TEST_F(DirectMessageTest, RefusedAtTheSecondRecordItIsUnknownIfTheFirstIsStored) {
  log_writer.appended_max = 1;
  const auto stored = Publish(DraftOf("@bob", "a"));
  EXPECT_FALSE(*stored) << "Kafka has the last word on the first";
  EXPECT_EQ(publisher.in_flight(), 1u);
  log_writer.Store(1);
  EXPECT_EQ(CodeOf(*stored), edge::v1::ERROR_OUTCOME_UNKNOWN);

  const auto lost = Publish(DraftOf("@bob", "b"));
  log_writer.Report(Not(StoreOutcome::kNotStored));
  EXPECT_EQ(CodeOf(*lost), edge::v1::ERROR_UNAVAILABLE) << "neither is in the log";
  EXPECT_EQ(publisher.in_flight(), 0u);
}

TEST_F(DirectMessageTest, ItTakesTwoPlacesOfThoseInFlight) {
  Publish(DraftOf("general", "a"));
  Publish(DraftOf("general", "b"));
  EXPECT_EQ(CodeOf(*Publish(DraftOf("@bob", "c"))), edge::v1::ERROR_BUSY) << "there are three";
  log_writer.Store(1);
  EXPECT_FALSE(*Publish(DraftOf("@bob", "c")));
  EXPECT_EQ(publisher.in_flight(), 3u);
}

TEST_F(DirectMessageTest, AtTheDeadlineItIsUnknownAndLateReportsChangeNothing) {
  const auto direct = Publish(DraftOf("@bob", "a"), TimePoint{seconds(0)});
  log_writer.Store(1);
  publisher.Tick(TimePoint{seconds(5)});
  EXPECT_EQ(CodeOf(*direct), edge::v1::ERROR_OUTCOME_UNKNOWN);
  const auto next = Publish(DraftOf("general", "b"), TimePoint{seconds(5)});
  log_writer.Store(2);
  EXPECT_FALSE(*next) << "that was the late one";
  log_writer.Store(3);
  EXPECT_TRUE(std::holds_alternative<Ack>(**next));
  EXPECT_EQ(metrics.unknown.Value(), 1);
}

TEST_F(DirectMessageTest, OneHeaderIsTheGateways) {
  Draft draft = DraftOf("@bob", "a");
  draft.message.headers.assign(kHeadersMax - 1, {"name", "value"});
  Publish(draft);
  ASSERT_EQ(log_writer.appended.size(), 2u);
  EXPECT_EQ(MessageIn(log_writer.appended[0].record).headers.size(), kHeadersMax);
  draft.message.headers.push_back({"name", "value"});
  EXPECT_EQ(CodeOf(*Publish(draft)), edge::v1::ERROR_INVALID_HEADERS);
}

TEST_F(DirectMessageTest, TheReceiverCannotBeForged) {
  Draft draft = DraftOf("general", "a");
  draft.message.headers = {{"parley-to", "bob"}};
  EXPECT_EQ(CodeOf(*Publish(draft)), edge::v1::ERROR_INVALID_HEADERS);
}

}  // namespace
}  // namespace parley::gateway
