#include "services/common/chat_record.h"

#include <nlohmann/json.hpp>

#include "parley/edge/v1/record.pb.h"
#include "services/common/rfc3339.h"
#include "services/common/text.h"

namespace parley {
namespace {

using Json = nlohmann::json;
using Header = MessageHeader;

constexpr std::string_view kChannelWithoutKey = "general";
constexpr std::string_view kUserWithoutName = "anonymous";
// Each level of the document costs memory, and nothing of ours lies deeper than two.
constexpr int kJsonLevelsMax = 32;
// The largest content with every byte escaped, and room for the rest.
constexpr std::size_t kJsonBytesPerByte = 6;
constexpr std::size_t kOtherBytesMax = 128 * 1024;

// Far in the future, and yet no overflow in microseconds: producers may claim any time.
constexpr std::int64_t kTimeMsMax = INT64_MAX / 1000;

// The fixed words for what makes a record unreadable.
namespace reason {
constexpr std::string_view kEmpty = "empty";
constexpr std::string_view kTooLarge = "too_large";
constexpr std::string_view kContentType = "content_type";
constexpr std::string_view kJson = "json";
constexpr std::string_view kProtobuf = "protobuf";
constexpr std::string_view kChannel = "channel";
constexpr std::string_view kContent = "content";
constexpr std::string_view kUser = "user";
constexpr std::string_view kId = "id";
constexpr std::string_view kHeaders = "headers";
constexpr std::string_view kTimestamp = "timestamp";
}  // namespace reason

// Why a record is unreadable; nothing when all is well.
using Complaint = std::optional<std::string_view>;

enum class Encoding { kJson, kProtobuf, kUnknown };

std::optional<std::string_view> FindHeader(const RawRecord& raw, std::string_view name) {
  for (const auto& [header_name, value] : raw.headers) {
    if (header_name == name) return value;
  }
  return std::nullopt;
}

Encoding EncodingOf(const RawRecord& raw) {
  const std::optional<std::string_view> content_type = FindHeader(raw, kContentTypeHeader);
  if (!content_type) return raw.value->front() == '{' ? Encoding::kJson : Encoding::kProtobuf;
  // What follows the semicolon are parameters, as in "application/json; charset=utf-8".
  const std::string_view type = content_type->substr(0, content_type->find(';'));
  if (type == kContentTypeJson) return Encoding::kJson;
  if (type == kContentTypeProtobuf) return Encoding::kProtobuf;
  return Encoding::kUnknown;
}

bool IsShallow(std::string_view json) {
  int level = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++level > kJsonLevelsMax) return false;
    } else if (c == '}' || c == ']') {
      --level;
    }
  }
  return true;
}

// Takes a text field out of the object. False when it is there and is no text.
bool TakeText(Json& object, const char* name, std::string& text) {
  const auto found = object.find(name);
  if (found == object.end()) return true;
  if (!found->is_string()) return false;
  text = std::move(found->get_ref<std::string&>());
  return true;
}

bool TakeHeaders(Json& object, std::vector<Header>& headers) {
  const auto found = object.find("headers");
  if (found == object.end()) return true;
  if (!found->is_object() || found->size() > kHeadersMax) return false;
  for (const auto& [name, value] : found->items()) {
    if (!value.is_string()) return false;
    headers.push_back({name, std::move(value.get_ref<std::string&>())});
  }
  return true;
}

bool TakeTimestamp(Json& object, const RawRecord& raw, std::int64_t& accepted_at_us) {
  std::string text;
  if (!TakeText(object, "timestamp", text)) return false;
  if (!object.contains("timestamp")) {
    const bool plausible = raw.time_ms > 0 && raw.time_ms < kTimeMsMax;
    accepted_at_us = plausible ? raw.time_ms * 1000 : 0;
    return true;
  }
  const std::optional<std::int64_t> time = ParseRfc3339(text);
  accepted_at_us = time.value_or(0);
  return time.has_value();
}

Complaint ReadJson(const RawRecord& raw, ChatMessage& message) {
  if (!IsShallow(*raw.value)) return reason::kJson;
  Json object = Json::parse(*raw.value, nullptr, false);
  if (!object.is_object()) return reason::kJson;
  std::string user;
  std::string id;
  if (!TakeText(object, "content", message.content)) return reason::kContent;
  if (!TakeText(object, "user_id", user)) return reason::kUser;
  if (!TakeText(object, "id", id)) return reason::kId;
  if (!TakeTimestamp(object, raw, message.accepted_at_us)) return reason::kTimestamp;
  if (!TakeHeaders(object, message.headers)) return reason::kHeaders;
  message.sender = UserId(std::move(user));
  message.id = MessageId(std::move(id));
  return std::nullopt;
}

Complaint ReadProtobuf(const RawRecord& raw, ChatMessage& message) {
  edge::v1::ChatRecord record;
  if (!record.ParseFromArray(raw.value->data(), static_cast<int>(raw.value->size())))
    return reason::kProtobuf;
  message.content = std::move(*record.mutable_content());
  message.sender = UserId(std::move(*record.mutable_sender()));
  message.id = MessageId(std::move(*record.mutable_id()));
  message.accepted_at_us = record.accepted_at_us();
  if (record.headers_size() > static_cast<int>(kHeadersMax)) return reason::kHeaders;
  for (edge::v1::Header& header : *record.mutable_headers()) {
    message.headers.push_back(
        {std::move(*header.mutable_name()), std::move(*header.mutable_value())});
  }
  return std::nullopt;
}

void FillDefaults(const RawRecord& raw, ChatMessage& message) {
  if (message.sender.empty()) message.sender = UserId(std::string(kUserWithoutName));
  if (message.id.empty()) {
    message.id = MessageId("p" + std::to_string(raw.partition) + "-" + std::to_string(raw.offset));
  }
}

bool IsSound(const Header& header) {
  return IsName(header.name, kHeaderNameBytesMax) && header.value.size() <= kHeaderValueBytesMax &&
         IsUtf8(header.value);
}

Complaint Check(const ChatMessage& message, std::size_t content_bytes_max) {
  if (message.content.size() > content_bytes_max) return reason::kTooLarge;
  if (!IsContent(message.content)) return reason::kContent;
  if (!IsName(message.sender.value(), kUserBytesMax)) return reason::kUser;
  if (!IsName(message.id.value(), kMessageIdBytesMax)) return reason::kId;
  for (const Header& header : message.headers) {
    if (!IsSound(header)) return reason::kHeaders;
  }
  return std::nullopt;
}

Complaint Read(const RawRecord& raw, std::size_t content_bytes_max, ChatMessage& message) {
  const std::string_view channel = raw.key.value_or(kChannelWithoutKey);
  if (!IsName(channel, kChannelBytesMax)) return reason::kChannel;
  message.channel = ChannelName(std::string(channel));
  if (raw.value->empty()) return reason::kEmpty;
  if (raw.value->size() > kJsonBytesPerByte * content_bytes_max + kOtherBytesMax)
    return reason::kTooLarge;

  Complaint complaint = reason::kContentType;
  switch (EncodingOf(raw)) {
    case Encoding::kJson:
      complaint = ReadJson(raw, message);
      break;
    case Encoding::kProtobuf:
      complaint = ReadProtobuf(raw, message);
      break;
    case Encoding::kUnknown:
      break;
  }
  if (complaint) return complaint;
  FillDefaults(raw, message);
  return Check(message, content_bytes_max);
}

}  // namespace

ParsedRecord ParseRecord(const RawRecord& raw, std::size_t content_bytes_max) {
  if (!raw.value) return Tombstone{};
  LogRecord record;
  record.offset = raw.offset;
  record.time_ms = raw.time_ms;
  record.retry = FindHeader(raw, kRetryHeader) == "1";
  record.forwarded = FindHeader(raw, kOriginHeader).has_value();
  if (const Complaint complaint = Read(raw, content_bytes_max, record.message)) {
    return Unreadable{std::string(*complaint)};
  }
  return record;
}

std::string SerializeRecord(const ChatMessage& message) {
  edge::v1::ChatRecord record;
  record.set_id(message.id.value());
  record.set_sender(message.sender.value());
  record.set_content(message.content);
  record.set_accepted_at_us(message.accepted_at_us);
  for (const Header& header : message.headers) {
    edge::v1::Header& copy = *record.add_headers();
    copy.set_name(header.name);
    copy.set_value(header.value);
  }
  return record.SerializeAsString();
}

}  // namespace parley
