#pragma once

#include "client/event.h"
#include "client/session.h"
#include "client/types.h"
#include "parley/v1/chat.pb.h"

namespace parley::client {

// Between the wire's types and the library's. Messages give up their strings.
[[nodiscard]] Message FromWire(v1::Message& message);
[[nodiscard]] SessionInfo FromWire(const v1::Welcome& welcome);
[[nodiscard]] JoinedChannel FromWire(const v1::Joined& joined);
[[nodiscard]] PresenceChange FromWire(const v1::PresenceChanged& change);
[[nodiscard]] Discontinuity FromWire(const v1::Discontinuity& discontinuity);

// `Publish` on the stream and `PublishRequest` have these fields in common.
template <class Wire>
void ToWire(const Publication& publication, Wire& wire) {
  wire.set_channel(publication.channel.value());
  wire.set_id(publication.id.value());
  wire.set_content(publication.content);
  wire.set_retry(publication.retry);
  for (const MessageHeader& header : publication.headers) {
    v1::Header& added = *wire.add_headers();
    added.set_name(header.name);
    added.set_value(header.value);
  }
}

}  // namespace parley::client
