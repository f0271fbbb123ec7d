#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "parley/edge/v1/chat.pb.h"
#include "services/common/position.h"
#include "services/gateway/hub/feed_port.h"
#include "services/gateway/publish/refusal.h"

namespace parley::gateway {

// Reading stored messages, for streams and unary calls alike: judging the request, and making the
// answer.

// `reader` may read the personal channel that is hers; it is empty where the request names no user.
// `bytes_max` bounds the answer.
[[nodiscard]] std::variant<PageRequest, Refusal> JudgeHistory(
    const std::string& channel, const UserId& reader, std::string_view before, std::uint32_t limit,
    std::size_t bytes_max, const std::optional<LogInfo>& log);

struct History {
  google::protobuf::RepeatedPtrField<edge::v1::Message> messages;
  std::string older;  // A token; empty when there is nothing older.
};

[[nodiscard]] std::variant<History, Refusal> MakeHistory(const Page& page,
                                                         const ChannelName& channel,
                                                         const LogInfo& log);

}  // namespace parley::gateway
