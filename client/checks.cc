#include "client/checks.h"

#include <algorithm>
#include <string>

#include "services/common/personal_channel.h"
#include "services/common/text.h"

namespace parley::client {
namespace {

Error Refused(const char* code, std::string message) {
  return {.code = code, .message = std::move(message), .advice = Advice::kGiveUp};
}

std::string NameRule(const char* what, std::size_t bytes_max) {
  return std::string(what) + " must be 1 to " + std::to_string(bytes_max) +
         " bytes of UTF-8 without control characters";
}

bool IsHeader(const MessageHeader& header) {
  return IsName(header.name, kHeaderNameBytesMax) &&
         !header.name.starts_with(kReservedHeaderPrefix) && IsUtf8(header.value) &&
         header.value.size() <= kHeaderValueBytesMax;
}

}  // namespace

std::optional<Error> CheckUser(const UserId& user) {
  if (IsName(user.value(), kUserBytesMax)) return std::nullopt;
  return Refused("ERROR_INVALID_USER", NameRule("the user", kUserBytesMax));
}

std::optional<Error> CheckChannel(const ChannelName& channel) {
  const bool is_fine = IsPersonal(channel) ? IsName(OwnerOf(channel).value(), kUserBytesMax)
                                           : IsName(channel.value(), kChannelBytesMax);
  if (is_fine) return std::nullopt;
  return Refused("ERROR_INVALID_CHANNEL", NameRule("the channel", kChannelBytesMax));
}

std::optional<Error> CheckPublication(const Publication& publication) {
  if (auto error = CheckChannel(publication.channel)) return error;
  if (!IsName(publication.id.value(), kMessageIdBytesMax)) {
    return Refused("ERROR_INVALID_ID", NameRule("the message id", kMessageIdBytesMax));
  }
  if (!IsContent(publication.content)) {
    return Refused("ERROR_INVALID_CONTENT", "the content must be UTF-8 without NUL, and not empty");
  }
  // The server adds one that names the receiver.
  const std::size_t headers_max = IsPersonal(publication.channel) ? kHeadersMax - 1 : kHeadersMax;
  const bool headers_fine = publication.headers.size() <= headers_max &&
                            std::ranges::all_of(publication.headers, IsHeader);
  if (!headers_fine) {
    return Refused("ERROR_INVALID_HEADERS",
                   "at most " + std::to_string(headers_max) + " headers, names up to " +
                       std::to_string(kHeaderNameBytesMax) + " bytes and values up to " +
                       std::to_string(kHeaderValueBytesMax) +
                       ", in UTF-8; none whose name begins with parley-");
  }
  return std::nullopt;
}

std::optional<Error> CheckPosition(const PositionToken& position) {
  if (IsUtf8(position.value())) return std::nullopt;
  return Refused("ERROR_INVALID_POSITION", "the position is not one that a server gave");
}

}  // namespace parley::client
