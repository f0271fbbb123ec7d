#include <gtest/gtest.h>

#include <random>

#include "services/common/chat_record.h"
#include "services/common/text.h"

namespace parley {
namespace {

constexpr std::size_t kContentBytesMax = 64;
constexpr int kRounds = 20'000;

// Makes values that are garbage, or records with a few bytes changed.
class Values {
 public:
  explicit Values(std::uint64_t seed) : random_(seed) {}

  std::string Next() {
    if (Below(4) == 0) return Garbage(Below(200));
    std::string value = Below(2) == 0 ? Json() : Protobuf();
    for (std::size_t changes = Below(6); changes > 0 && !value.empty(); --changes) Change(value);
    return value;
  }

  std::string Garbage(std::size_t size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(Below(256));
    return bytes;
  }

  std::size_t Below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

 private:
  std::string Json() {
    return R"({"content":"h\u00e9llo","user_id":"bob","id":"i-1",)"
           R"("timestamp":"2026-11-20T13:00:00.5+01:30",)"
           R"("headers":{"lang":"en","k":"v"},"more":[1,-2.5e3,{"x":null}]})";
  }

  std::string Protobuf() {
    ChatMessage message;
    message.id = MessageId("i-1");
    message.sender = UserId("bob");
    message.content = "héllo";
    message.accepted_at_us = 1'795'179'600'000'000;
    message.headers = {{"lang", "en"}, {"k", "v"}};
    return SerializeRecord(message);
  }

  void Change(std::string& value) {
    const std::size_t at = Below(value.size());
    switch (Below(4)) {
      case 0:
        value[at] = static_cast<char>(Below(256));
        break;
      case 1:
        value.erase(at, 1 + Below(8));
        break;
      case 2:
        value.insert(at, Garbage(1 + Below(8)));
        break;
      default:
        value.insert(at, value.substr(Below(value.size()), Below(40)));
        break;
    }
  }

  std::mt19937_64 random_;
};

bool IsWithinLimits(const ChatMessage& message) {
  if (message.headers.size() > kHeadersMax) return false;
  for (const MessageHeader& header : message.headers) {
    if (!IsName(header.name, kHeaderNameBytesMax) || !IsUtf8(header.value)) return false;
    if (header.value.size() > kHeaderValueBytesMax) return false;
  }
  return IsName(message.channel.value(), kChannelBytesMax) &&
         IsName(message.sender.value(), kUserBytesMax) &&
         IsName(message.id.value(), kMessageIdBytesMax) && IsContent(message.content) &&
         message.content.size() <= kContentBytesMax;
}

TEST(ChatRecordFuzzTest, WhateverLiesInTheLogIsReadWithinLimitsOrRefused) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Values values(seed);
  std::size_t readable = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::string value = values.Next();
    const std::string key = values.Garbage(values.Below(8));
    RawRecord raw;
    raw.value = value;
    if (values.Below(3) == 0) raw.key = key;
    if (values.Below(3) == 0) raw.headers = {{kContentTypeHeader, kContentTypeJson}};
    if (values.Below(3) == 0) raw.headers = {{kContentTypeHeader, kContentTypeProtobuf}};
    const ParsedRecord parsed = ParseRecord(raw, kContentBytesMax);
    if (const auto* record = std::get_if<LogRecord>(&parsed)) {
      ++readable;
      ASSERT_TRUE(IsWithinLimits(record->message)) << testing::PrintToString(value);
    } else {
      ASSERT_TRUE(std::holds_alternative<Unreadable>(parsed));
      ASSERT_FALSE(std::get<Unreadable>(parsed).reason.empty());
    }
  }
  EXPECT_GT(readable, 0U) << "the values are too wild to test anything";
}

}  // namespace
}  // namespace parley
