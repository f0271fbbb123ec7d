#pragma once

#include <string>

#include "services/common/ids.h"
#include "services/common/text.h"

namespace parley {

// A user's personal channel, `@user`, holds the direct messages to and from the user. Anybody may
// publish to it; the user's own sessions are in it from hello on, and nobody else.

inline bool IsPersonal(const ChannelName& channel) {
  return channel.value().starts_with(kPersonalChannelMark);
}

inline ChannelName PersonalChannelOf(const UserId& user) {
  return ChannelName(kPersonalChannelMark + user.value());
}

// Precondition: it is personal.
inline UserId OwnerOf(const ChannelName& personal) { return UserId(personal.value().substr(1)); }

}  // namespace parley
