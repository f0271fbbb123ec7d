#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "services/gateway/publish/draft.h"
#include "services/gateway/publish/refusal.h"

namespace parley::gateway {

// The one place where what clients send is judged, whichever way it came in. Nothing: it may pass.
// The rules are those of services/common/text.h, which routers hold other programs' records to as
// well.

[[nodiscard]] std::optional<Refusal> ValidateUser(std::string_view user);

// A channel that clients may publish to: a valid name, which for a personal channel is `@` and a
// valid user.
[[nodiscard]] std::optional<Refusal> ValidateChannel(std::string_view channel);

// A channel that this user may be in and read: a valid name, and nobody else's personal channel.
// Without a user: nobody's.
[[nodiscard]] std::optional<Refusal> ValidateAccess(std::string_view channel, const UserId& user);

// The beginning of a channel's name; may be empty.
[[nodiscard]] std::optional<Refusal> ValidateChannelPrefix(std::string_view prefix);

// The name and version of a client program; may be empty.
[[nodiscard]] std::optional<Refusal> ValidateAgent(std::string_view agent);

// All of a publish: sender, channel, id, content, headers, and that a retry says what it repeats. A
// direct message may have one header less than others, since the gateway adds the receiver's.
[[nodiscard]] std::optional<Refusal> ValidateDraft(const Draft& draft,
                                                   std::size_t content_bytes_max);

// What may be echoed to a client: the text if it follows the rule, otherwise nothing.
[[nodiscard]] std::string_view ChannelOrNothing(std::string_view channel);
[[nodiscard]] std::string_view MessageIdOrNothing(std::string_view id);

}  // namespace parley::gateway
