#pragma once

#include <string>

#include "client/types.h"
#include "services/common/chat_record.h"
#include "services/common/personal_channel.h"

namespace parley::client {

// A direct message is one of a personal channel, `@user`: publish it to `PersonalChannelOf(bob)`,
// and it comes as a message of `@bob` to bob and of `@alice` to alice, who sent it.

// The user to whom it was sent. Precondition: the message's channel is personal.
[[nodiscard]] inline UserId ReceiverOf(const Message& message) {
  for (const MessageHeader& header : message.headers) {
    if (header.name == kReceiverHeader) return UserId(header.value);
  }
  return OwnerOf(message.channel);  // Another program's, which went to this channel alone.
}

}  // namespace parley::client
