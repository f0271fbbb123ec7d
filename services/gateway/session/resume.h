#pragma once

#include <optional>
#include <string_view>

#include "parley/edge/v1/chat.pb.h"
#include "services/common/position.h"

namespace parley::gateway {

// What the token of a join says by itself, before the log is asked.
struct Resume {
  // Where to read on from; the first page has the last word. Nothing: delivery starts live, and
  // `verdict` stands.
  std::optional<Offset> after;
  edge::v1::Recovery verdict = edge::v1::RECOVERY_NOT_ASKED;
};

[[nodiscard]] Resume JudgeToken(std::string_view token, const ChannelName& channel,
                                const LogInfo& log);

}  // namespace parley::gateway
