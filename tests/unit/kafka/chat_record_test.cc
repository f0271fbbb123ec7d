#include "services/common/chat_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parley/edge/v1/record.pb.h"
#include "services/common/text.h"

namespace parley {
namespace {

constexpr std::size_t kContentBytesMax = 100;
constexpr std::int64_t kAppendTimeMs = 1'795'000'000'000;

RawRecord Raw(std::optional<std::string_view> value) {
  RawRecord raw;
  raw.partition = 3;
  raw.offset = 1234;
  raw.time_ms = kAppendTimeMs;
  raw.key = "lobby";
  raw.value = value;
  return raw;
}

std::string ReasonOf(const RawRecord& raw) {
  const ParsedRecord parsed = ParseRecord(raw, kContentBytesMax);
  if (std::holds_alternative<LogRecord>(parsed)) return "fine";
  if (std::holds_alternative<Tombstone>(parsed)) return "tombstone";
  return std::get<Unreadable>(parsed).reason;
}

LogRecord Parse(const RawRecord& raw) {
  EXPECT_EQ(ReasonOf(raw), "fine");
  const ParsedRecord parsed = ParseRecord(raw, kContentBytesMax);
  const LogRecord* record = std::get_if<LogRecord>(&parsed);
  return record != nullptr ? *record : LogRecord{};
}

ChatMessage Message() {
  ChatMessage message;
  message.channel = ChannelName("lobby");
  message.id = MessageId("7");
  message.sender = UserId("ann");
  message.content = "hi";
  message.accepted_at_us = 42;
  message.headers = {{"z", "1"}, {"a", ""}};
  return message;
}

TEST(ChatRecordTest, ProtobufSurvivesTheRoundTrip) {
  const std::string value = SerializeRecord(Message());
  RawRecord raw = Raw(value);
  raw.headers = {{kContentTypeHeader, kContentTypeProtobuf}};
  const LogRecord record = Parse(raw);
  EXPECT_EQ(record.offset, 1234);
  EXPECT_EQ(record.time_ms, kAppendTimeMs);
  EXPECT_FALSE(record.retry);
  EXPECT_FALSE(record.forwarded);
  EXPECT_EQ(record.message.channel.value(), "lobby");
  EXPECT_EQ(record.message.id.value(), "7");
  EXPECT_EQ(record.message.sender.value(), "ann");
  EXPECT_EQ(record.message.content, "hi");
  EXPECT_EQ(record.message.accepted_at_us, 42);
  ASSERT_EQ(record.message.headers.size(), 2U);
  EXPECT_EQ(record.message.headers[0].name, "z") << "the sender's order";
  EXPECT_EQ(record.message.headers[1].value, "");
}

TEST(ChatRecordTest, JsonMayHaveEveryField) {
  const LogRecord record =
      Parse(Raw(R"({"content":"hé","user_id":"bob","id":"x","timestamp":"2026-11-20T13:00:00Z",)"
                R"("headers":{"lang":"en"},"unknown":[{"deep":1}]})"));
  EXPECT_EQ(record.message.content, "hé");
  EXPECT_EQ(record.message.sender.value(), "bob");
  EXPECT_EQ(record.message.id.value(), "x");
  EXPECT_EQ(record.message.accepted_at_us, 1'795'179'600'000'000);
  ASSERT_EQ(record.message.headers.size(), 1U);
  EXPECT_EQ(record.message.headers[0].name, "lang");
}

TEST(ChatRecordTest, WhatJsonLeavesOutHasADefault) {
  RawRecord raw = Raw(R"({"content":"hi"})");
  raw.key = std::nullopt;
  const LogRecord record = Parse(raw);
  EXPECT_EQ(record.message.channel.value(), "general");
  EXPECT_EQ(record.message.sender.value(), "anonymous");
  EXPECT_EQ(record.message.id.value(), "p3-1234");
  EXPECT_EQ(record.message.accepted_at_us, kAppendTimeMs * 1000);
}

TEST(ChatRecordTest, AnImpossibleAppendTimeIsNoTime) {
  for (const std::int64_t time_ms : {std::int64_t{-1}, INT64_MIN, INT64_MAX}) {
    RawRecord raw = Raw(R"({"content":"hi"})");
    raw.time_ms = time_ms;
    EXPECT_EQ(Parse(raw).message.accepted_at_us, 0);
  }
}

TEST(ChatRecordTest, TheHeadersOfTheRecordAreRead) {
  const std::string value = SerializeRecord(Message());
  RawRecord raw = Raw(value);
  raw.headers = {{kRetryHeader, "1"}, {kOriginHeader, "0/7"}};
  EXPECT_TRUE(Parse(raw).retry);
  EXPECT_TRUE(Parse(raw).forwarded);
  raw.headers = {{kRetryHeader, "0"}};
  EXPECT_FALSE(Parse(raw).retry);
}

TEST(ChatRecordTest, TheContentTypeWinsOverTheFirstByte) {
  RawRecord raw = Raw(" {\"content\":\"hi\"}");
  EXPECT_EQ(ReasonOf(raw), "protobuf");
  raw.headers = {{kContentTypeHeader, "application/json; charset=utf-8"}};
  EXPECT_EQ(ReasonOf(raw), "fine");
  raw.headers = {{kContentTypeHeader, kContentTypeProtobuf}};
  EXPECT_EQ(ReasonOf(raw), "protobuf");
  raw.headers = {{kContentTypeHeader, "text/plain"}};
  EXPECT_EQ(ReasonOf(raw), "content_type");
}

TEST(ChatRecordTest, PersonalChannelsAreLegalInTheLog) {
  RawRecord raw = Raw(R"({"content":"hi"})");
  raw.key = "@ann";
  EXPECT_EQ(Parse(raw).message.channel.value(), "@ann");
}

TEST(ChatRecordTest, ATombstoneIsNoError) {
  EXPECT_EQ(ReasonOf(Raw(std::nullopt)), "tombstone");
  EXPECT_EQ(ReasonOf(Raw("")), "empty");
}

TEST(ChatRecordTest, UnreadableRecordsHaveAFixedReason) {
  const std::string deep(10'000, '[');
  const std::pair<std::string, const char*> kCases[] = {
      {"{", "json"},
      {R"({"content":"hi"} x)", "json"},
      {R"({"a":)" + deep, "json"},
      {R"({"a":)" + deep + std::string(10'000, ']') + "}", "json"},
      {"{\"content\":\"\xff\"}", "json"},
      {R"({"content":"\ud800"})", "json"},
      {R"({"content":1e999})", "json"},
      {"{}", "content"},
      {R"({"content":1})", "content"},
      {R"({"content":null})", "content"},
      {R"({"content":""})", "content"},
      {R"({"content":"a\u0000b"})", "content"},
      {R"({"content":")" + std::string(kContentBytesMax + 1, 'x') + "\"}", "too_large"},
      {R"({"content":"hi","x":")" + std::string(1 << 20, 'x') + "\"}", "too_large"},
      {R"({"content":"hi","user_id":7})", "user"},
      {R"({"content":"hi","user_id":"a\nb"})", "user"},
      {R"({"content":"hi","user_id":")" + std::string(kUserBytesMax + 1, 'x') + "\"}", "user"},
      {R"({"content":"hi","id":7})", "id"},
      {R"({"content":"hi","id":")" + std::string(kMessageIdBytesMax + 1, 'x') + "\"}", "id"},
      {R"({"content":"hi","timestamp":1795179600})", "timestamp"},
      {R"({"content":"hi","timestamp":"yesterday"})", "timestamp"},
      {R"({"content":"hi","headers":["a"]})", "headers"},
      {R"({"content":"hi","headers":{"a":1}})", "headers"},
      {R"({"content":"hi","headers":{"":"1"}})", "headers"},
      {R"({"content":"hi","headers":{"a":")" + std::string(kHeaderValueBytesMax + 1, 'x') + "\"}}",
       "headers"},
      {"garbage", "protobuf"},
      {std::string("\x0a\xff\xff\xff\xff\x0f", 6), "protobuf"},
  };
  for (const auto& [value, reason] : kCases)
    EXPECT_EQ(ReasonOf(Raw(value)), reason) << value.substr(0, 80);
}

TEST(ChatRecordTest, ProtobufIsHeldToTheSameLimits) {
  const auto reason_of = [](auto change) {
    edge::v1::ChatRecord record;
    record.set_content("hi");
    change(record);
    const std::string value = record.SerializeAsString();
    return ReasonOf(Raw(value));
  };
  EXPECT_EQ(reason_of([](auto&) {}), "fine");
  EXPECT_EQ(reason_of([](auto& r) { r.set_content("\xc3\x28"); }), "content");
  EXPECT_EQ(reason_of([](auto& r) { r.set_content(std::string(kContentBytesMax, 'x')); }), "fine");
  EXPECT_EQ(reason_of([](auto& r) { r.set_content(std::string(kContentBytesMax + 1, 'x')); }),
            "too_large");
  EXPECT_EQ(reason_of([](auto& r) { r.set_sender("a\x01"); }), "user");
  EXPECT_EQ(reason_of([](auto& r) { r.set_id("\xff"); }), "id");
  EXPECT_EQ(reason_of([](auto& r) { r.add_headers()->set_value("nameless"); }), "headers");
  EXPECT_EQ(reason_of([](auto& r) {
              for (std::size_t i = 0; i <= kHeadersMax; ++i) r.add_headers()->set_name("a");
            }),
            "headers");
}

TEST(ChatRecordTest, ChannelsAreHeldToTheLimitsOfTheEdge) {
  for (const std::string& key : {std::string(), std::string("a\nb"), std::string("\xff"),
                                 std::string("a\0b", 3), std::string(kChannelBytesMax + 1, 'x')}) {
    RawRecord raw = Raw(R"({"content":"hi"})");
    raw.key = key;
    EXPECT_EQ(ReasonOf(raw), "channel") << key;
  }
}

TEST(ChatRecordTest, ShallowJsonWithBracketsInTextIsFine) {
  const std::string value = R"({"content":")" + std::string(90, '[') + R"(\"{\\"})";
  EXPECT_EQ(ReasonOf(Raw(value)), "fine");
}

}  // namespace
}  // namespace parley
