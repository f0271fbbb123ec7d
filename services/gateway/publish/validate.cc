#include "services/gateway/publish/validate.h"

#include <string>

#include "services/common/text.h"

namespace parley::gateway {
namespace {

constexpr std::size_t kAgentBytesMax = 128;

std::string NameRule(std::string_view what, std::size_t bytes_max) {
  return std::string(what) + " must be 1 to " + std::to_string(bytes_max) +
         " bytes of UTF-8 without control characters";
}

std::optional<Refusal> ValidateId(const Draft& draft) {
  const std::string& id = draft.message.id.value();
  if (id.empty()) {
    if (!draft.retry) return std::nullopt;
    return Refusal{edge::v1::ERROR_INVALID_ID,
                   "a retry must carry the id of the publish that it repeats"};
  }
  if (IsName(id, kMessageIdBytesMax)) return std::nullopt;
  return Refusal{edge::v1::ERROR_INVALID_ID, NameRule("a message id", kMessageIdBytesMax)};
}

std::optional<Refusal> ValidateContent(std::string_view content, std::size_t bytes_max) {
  if (content.size() > bytes_max) {
    return Refusal{edge::v1::ERROR_CONTENT_TOO_LARGE,
                   "content must be at most " + std::to_string(bytes_max) + " bytes"};
  }
  if (IsContent(content)) return std::nullopt;
  return Refusal{edge::v1::ERROR_INVALID_CONTENT, "content must be UTF-8, not empty, without NUL"};
}

std::optional<Refusal> ValidateHeaders(const std::vector<MessageHeader>& headers) {
  if (headers.size() > kHeadersMax) {
    return Refusal{edge::v1::ERROR_INVALID_HEADERS,
                   "a message may have at most " + std::to_string(kHeadersMax) + " headers"};
  }
  for (const MessageHeader& header : headers) {
    if (!IsName(header.name, kHeaderNameBytesMax)) {
      return Refusal{edge::v1::ERROR_INVALID_HEADERS,
                     NameRule("a header's name", kHeaderNameBytesMax)};
    }
    if (header.value.size() > kHeaderValueBytesMax || !IsUtf8(header.value)) {
      return Refusal{edge::v1::ERROR_INVALID_HEADERS, "a header's value must be at most " +
                                                          std::to_string(kHeaderValueBytesMax) +
                                                          " bytes of UTF-8"};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> ValidateUser(std::string_view user) {
  if (IsName(user, kUserBytesMax)) return std::nullopt;
  return Refusal{edge::v1::ERROR_INVALID_USER, NameRule("a user", kUserBytesMax)};
}

std::optional<Refusal> ValidateChannel(std::string_view channel) {
  if (!IsName(channel, kChannelBytesMax)) {
    return Refusal{edge::v1::ERROR_INVALID_CHANNEL, NameRule("a channel", kChannelBytesMax)};
  }
  if (channel.front() == kPersonalChannelMark) {
    return Refusal{edge::v1::ERROR_FORBIDDEN,
                   "channels whose names begin with @ are personal; choose another name"};
  }
  return std::nullopt;
}

std::optional<Refusal> ValidateChannelPrefix(std::string_view prefix) {
  if (prefix.empty() || IsName(prefix, kChannelBytesMax)) return std::nullopt;
  return Refusal{edge::v1::ERROR_INVALID_CHANNEL, "a prefix must be at most " +
                                                      std::to_string(kChannelBytesMax) +
                                                      " bytes of UTF-8 without control characters"};
}

std::optional<Refusal> ValidateAgent(std::string_view agent) {
  if (agent.empty() || IsName(agent, kAgentBytesMax)) return std::nullopt;
  return Refusal{edge::v1::ERROR_MALFORMED, "an agent must be at most " +
                                                std::to_string(kAgentBytesMax) +
                                                " bytes of UTF-8 without control characters"};
}

std::optional<Refusal> ValidateDraft(const Draft& draft, std::size_t content_bytes_max) {
  if (auto refusal = ValidateUser(draft.message.sender.value())) return refusal;
  if (auto refusal = ValidateChannel(draft.message.channel.value())) return refusal;
  if (auto refusal = ValidateId(draft)) return refusal;
  if (auto refusal = ValidateContent(draft.message.content, content_bytes_max)) return refusal;
  return ValidateHeaders(draft.message.headers);
}

std::string_view ChannelOrNothing(std::string_view channel) {
  return IsName(channel, kChannelBytesMax) ? channel : std::string_view();
}

std::string_view MessageIdOrNothing(std::string_view id) {
  return IsName(id, kMessageIdBytesMax) ? id : std::string_view();
}

}  // namespace parley::gateway
