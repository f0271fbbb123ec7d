#pragma once

#include <optional>

#include "client/types.h"

namespace parley::client {

// The server's rules for what a client may say, looked at before anything is sent: bad UTF-8 would
// not even get as far as the server's own check. Nothing: fine. How long a content may be is the
// server's to judge.
[[nodiscard]] std::optional<Error> CheckUser(const UserId& user);
[[nodiscard]] std::optional<Error> CheckChannel(const ChannelName& channel);
[[nodiscard]] std::optional<Error> CheckPublication(const Publication& publication);
[[nodiscard]] std::optional<Error> CheckPosition(const PositionToken& position);

}  // namespace parley::client
