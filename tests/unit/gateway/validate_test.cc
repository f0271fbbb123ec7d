#include "services/gateway/publish/validate.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/conformance/cases.h"

namespace parley::gateway {
namespace {

Draft DraftOf(const conformance::Case& tried) {
  const bool user = tried.field == conformance::Field::kUser;
  return MakeDraft(conformance::PublishOf<edge::v1::Publish>(tried), user ? tried.bytes : "ann",
                   std::chrono::microseconds(1));
}

edge::v1::ErrorCode CodeOf(const std::optional<Refusal>& refusal) {
  return refusal ? refusal->code : edge::v1::ERROR_UNSPECIFIED;
}

Draft Valid() { return DraftOf({"", conformance::Field::kContent, "hello", {}}); }

TEST(ValidateTest, EachFieldIsHeldToItsRule) {
  for (const conformance::Case& tried : conformance::FieldCases()) {
    const auto refusal = ValidateDraft(DraftOf(tried), kContentBytesMaxDefault);
    EXPECT_EQ(CodeOf(refusal), tried.expected)
        << "field " << static_cast<int>(tried.field) << ": " << tried.name;
  }
}

TEST(ValidateTest, PersonalChannelsArePublishedToAndOpenToTheirUserAlone) {
  for (const conformance::Case& tried : conformance::PersonalChannelCases()) {
    EXPECT_FALSE(ValidateDraft(DraftOf(tried), kContentBytesMaxDefault)) << tried.name;
    EXPECT_FALSE(ValidateAccess(tried.bytes, UserId(tried.bytes.substr(1)))) << tried.name;
    for (const char* other : {"ann", "", "bo"}) {
      EXPECT_EQ(CodeOf(ValidateAccess(tried.bytes, UserId(other))), tried.expected) << tried.name;
    }
  }
  EXPECT_FALSE(ValidateAccess("general", UserId()));
  EXPECT_EQ(CodeOf(ValidateAccess("@", UserId())), edge::v1::ERROR_INVALID_CHANNEL);
  EXPECT_EQ(CodeOf(ValidateAccess("", UserId())), edge::v1::ERROR_INVALID_CHANNEL);
}

TEST(ValidateTest, MessagesNameTheRuleAndRepeatNothing) {
  Draft draft = Valid();
  draft.message.channel = ChannelName("secret\n");
  const auto refusal = ValidateDraft(draft, kContentBytesMaxDefault);
  ASSERT_TRUE(refusal);
  EXPECT_THAT(refusal->message, testing::HasSubstr("1 to 128 bytes of UTF-8"));
  EXPECT_THAT(refusal->message, testing::Not(testing::HasSubstr("secret")));
}

TEST(ValidateTest, ARetryNamesWhatItRepeats) {
  Draft draft = Valid();
  draft.retry = true;
  EXPECT_FALSE(ValidateDraft(draft, kContentBytesMaxDefault));
  draft.message.id = MessageId();
  EXPECT_EQ(CodeOf(ValidateDraft(draft, kContentBytesMaxDefault)), edge::v1::ERROR_INVALID_ID);
}

TEST(ValidateTest, SixteenHeadersAndNoMore) {
  Draft draft = Valid();
  draft.message.headers.assign(16, {"name", "value"});
  EXPECT_FALSE(ValidateDraft(draft, kContentBytesMaxDefault));
  draft.message.headers.push_back({"name", "value"});
  EXPECT_EQ(CodeOf(ValidateDraft(draft, kContentBytesMaxDefault)), edge::v1::ERROR_INVALID_HEADERS);
}

TEST(ValidateTest, PrefixAndAgentMayBeEmpty) {
  EXPECT_FALSE(ValidateChannelPrefix(""));
  EXPECT_FALSE(ValidateChannelPrefix("@"));
  EXPECT_EQ(CodeOf(ValidateChannelPrefix("\xff")), edge::v1::ERROR_INVALID_CHANNEL);
  EXPECT_EQ(CodeOf(ValidateChannelPrefix(std::string(129, 'a'))), edge::v1::ERROR_INVALID_CHANNEL);
  EXPECT_FALSE(ValidateAgent(""));
  EXPECT_FALSE(ValidateAgent(std::string(128, 'a')));
  EXPECT_EQ(CodeOf(ValidateAgent(std::string(129, 'a'))), edge::v1::ERROR_MALFORMED);
}

TEST(ValidateTest, OnlyWhatIsValidIsEchoed) {
  EXPECT_EQ(ChannelOrNothing("general"), "general");
  EXPECT_EQ(ChannelOrNothing("a\nb"), "");
  EXPECT_EQ(MessageIdOrNothing("id"), "id");
  EXPECT_EQ(MessageIdOrNothing(std::string(65, 'a')), "");
}

// What passes here must not end in the dead-letter topic after it was acked.
TEST(ValidateTest, RoutersReadWhatPasses) {
  for (const conformance::Case& tried : conformance::FieldCases()) {
    Draft draft = DraftOf(tried);
    if (ValidateDraft(draft, kContentBytesMaxDefault)) continue;
    if (draft.message.id.empty()) draft.message.id = MessageId("made");
    const std::string value = SerializeRecord(draft.message);
    RawRecord raw;
    raw.key = draft.message.channel.value();
    raw.value = value;
    raw.headers = {{kContentTypeHeader, kContentTypeProtobuf}};
    const ParsedRecord parsed = ParseRecord(raw, kContentBytesMaxDefault);
    const auto* record = std::get_if<LogRecord>(&parsed);
    ASSERT_NE(record, nullptr) << "field " << static_cast<int>(tried.field) << ": " << tried.name;
    EXPECT_EQ(record->message.content, draft.message.content);
    EXPECT_EQ(record->message.channel, draft.message.channel);
  }
}

}  // namespace
}  // namespace parley::gateway
