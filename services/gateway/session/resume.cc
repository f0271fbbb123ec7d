#include "services/gateway/session/resume.h"

namespace parley::gateway {

Resume JudgeToken(std::string_view token, const ChannelName& channel, const LogInfo& log) {
  if (token.empty()) return {};
  const std::optional<DecodedToken> decoded = DecodeToken(token);
  if (!decoded || decoded->channel_check != ChannelCheck(channel)) {
    return {std::nullopt, edge::v1::RECOVERY_OTHER_CHANNEL};
  }
  const Position& position = decoded->position;
  if (position.epoch != log.epoch) return {std::nullopt, edge::v1::RECOVERY_OTHER_EPOCH};
  if (position.partition != PartitionOf(channel, log.partitions)) {
    return {std::nullopt, edge::v1::RECOVERY_OTHER_PARTITION};
  }
  return {position.offset, edge::v1::RECOVERY_COMPLETE};
}

}  // namespace parley::gateway
