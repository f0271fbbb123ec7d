#include "services/gateway/publish/validate.h"

#include <string>

#include "services/common/personal_channel.h"
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

std::optional<Refusal> ValidateHeaders(const std::vector<MessageHeader>& headers,
                                       std::size_t headers_max) {
  if (headers.size() > headers_max) {
    return Refusal{edge::v1::ERROR_INVALID_HEADERS,
                   "this message may have at most " + std::to_string(headers_max) + " headers"};
  }
  for (const MessageHeader& header : headers) {
    if (!IsName(header.name, kHeaderNameBytesMax)) {
      return Refusal{edge::v1::ERROR_INVALID_HEADERS,
                     NameRule("a header's name", kHeaderNameBytesMax)};
    }
    if (header.name.starts_with(kReservedHeaderPrefix)) {
      return Refusal{edge::v1::ERROR_INVALID_HEADERS,
                     "headers whose names begin with parley- are set by the server alone"};
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
  const bool personal = channel.front() == kPersonalChannelMark;
  if (personal && !IsName(channel.substr(1), kUserBytesMax)) {
    return Refusal{edge::v1::ERROR_INVALID_CHANNEL, "a personal channel is @ and a user of 1 to " +
                                                        std::to_string(kUserBytesMax) + " bytes"};
  }
  return std::nullopt;
}

std::optional<Refusal> ValidateAccess(std::string_view channel, const UserId& user) {
  if (auto refusal = ValidateChannel(channel)) return refusal;
  const bool personal = channel.front() == kPersonalChannelMark;
  if (personal && channel.substr(1) != user.value()) {
    return Refusal{edge::v1::ERROR_FORBIDDEN,
                   "a channel whose name begins with @ is personal: others may only publish to it"};
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
  const bool direct = IsPersonal(draft.message.channel);
  return ValidateHeaders(draft.message.headers, direct ? kHeadersMax - 1 : kHeadersMax);
}

std::string_view ChannelOrNothing(std::string_view channel) {
  return IsName(channel, kChannelBytesMax) ? channel : std::string_view();
}

std::string_view MessageIdOrNothing(std::string_view id) {
  return IsName(id, kMessageIdBytesMax) ? id : std::string_view();
}

}  // namespace parley::gateway
