#include "services/gateway/session/history.h"

#include <algorithm>

#include "services/gateway/publish/validate.h"
#include "services/gateway/session/native_encoding.h"

namespace parley::gateway {
namespace {

constexpr std::uint32_t kLimitDefault = 50;
constexpr std::uint32_t kLimitMax = 500;

Refusal NotOfThisChannel() {
  return {edge::v1::ERROR_INVALID_POSITION, "`before` must be a position of this channel"};
}

}  // namespace

std::variant<PageRequest, Refusal> JudgeHistory(const std::string& channel, const UserId& reader,
                                                std::string_view before, std::uint32_t limit,
                                                std::size_t bytes_max,
                                                const std::optional<LogInfo>& log) {
  if (auto refusal = ValidateAccess(channel, reader)) return *refusal;
  if (!log) {
    return Refusal{edge::v1::ERROR_UNAVAILABLE, "this gateway has not reached Kafka yet"};
  }
  PageRequest request;
  request.channel = ChannelName(channel);
  request.direction = PageRequest::Direction::kBackward;
  request.bound = kEndOfLog;
  request.limit = limit == 0 ? kLimitDefault : std::min(limit, kLimitMax);
  request.bytes_max = bytes_max;
  if (before.empty()) return request;

  const std::optional<DecodedToken> token = DecodeToken(before);
  const bool ours = token && token->channel_check == ChannelCheck(request.channel) &&
                    token->position.epoch == log->epoch &&
                    token->position.partition == PartitionOf(request.channel, log->partitions);
  if (!ours) return NotOfThisChannel();
  request.bound = std::max<Offset>(0, token->position.offset);
  return request;
}

std::variant<History, Refusal> MakeHistory(const Page& page, const ChannelName& channel,
                                           const LogInfo& log) {
  switch (page.outcome) {
    case PageOutcome::kOk:
      break;
    case PageOutcome::kBusy:
    case PageOutcome::kTooFar:
      return Refusal{edge::v1::ERROR_BUSY, "the log could not be read in time; try again"};
    case PageOutcome::kExpired:
      return History{};  // What lay before has left the log.
    case PageOutcome::kFuture:
      return NotOfThisChannel();
  }
  History history;
  for (const MessagePtr& message : page.messages) FillMessage(*message, *history.messages.Add());
  if (!page.at_start) {
    history.older =
        EncodeToken({log.epoch, PartitionOf(channel, log.partitions), page.from}, channel);
  }
  return history;
}

}  // namespace parley::gateway
