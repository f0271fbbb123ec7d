#include "client/convert.h"

#include <utility>

namespace parley::client {
namespace {

Recovery FromWire(v1::Recovery recovery) {
  switch (recovery) {
    case v1::RECOVERY_NOT_ASKED:
      return Recovery::kNotAsked;
    case v1::RECOVERY_COMPLETE:
      return Recovery::kComplete;
    case v1::RECOVERY_TOO_FAR:
      return Recovery::kTooFar;
    case v1::RECOVERY_OTHER_EPOCH:
      return Recovery::kOtherEpoch;
    case v1::RECOVERY_OTHER_CHANNEL:
      return Recovery::kOtherChannel;
    case v1::RECOVERY_OTHER_PARTITION:
      return Recovery::kOtherPartition;
    case v1::RECOVERY_FUTURE:
      return Recovery::kFuture;
    default:  // A reason that only a newer server knows is still no recovery.
      return Recovery::kExpired;
  }
}

LossReason FromWire(v1::DiscontinuityReason reason) {
  switch (reason) {
    case v1::DISCONTINUITY_RETENTION:
      return LossReason::kRetention;
    case v1::DISCONTINUITY_EPOCH:
      return LossReason::kNewLog;
    default:
      return LossReason::kUnknown;
  }
}

}  // namespace

Message FromWire(v1::Message& message) {
  Message made{.channel = ChannelName(std::move(*message.mutable_channel())),
               .id = MessageId(std::move(*message.mutable_id())),
               .sender = UserId(std::move(*message.mutable_sender())),
               .content = std::move(*message.mutable_content()),
               .time_ms = message.time_ms(),
               .position = PositionToken(std::move(*message.mutable_position())),
               .previous = PositionToken(std::move(*message.mutable_previous()))};
  for (v1::Header& header : *message.mutable_headers()) {
    made.headers.push_back({std::move(*header.mutable_name()), std::move(*header.mutable_value())});
  }
  return made;
}

SessionInfo FromWire(const v1::Welcome& welcome) {
  return {.session_id = welcome.session_id(),
          .server = ServerId(welcome.server_id()),
          .content_bytes_max = welcome.content_bytes_max(),
          .channels_max = welcome.channels_max(),
          .publishes_in_flight_max = welcome.publishes_in_flight_max()};
}

JoinedChannel FromWire(const v1::Joined& joined) {
  return {.position = PositionToken(joined.position()), .recovery = FromWire(joined.recovery())};
}

PresenceChange FromWire(const v1::PresenceChanged& change) {
  PresenceChange made{.channel = ChannelName(change.channel()), .members = change.members()};
  for (const std::string& user : change.joined()) made.joined.emplace_back(user);
  for (const std::string& user : change.left()) made.left.emplace_back(user);
  return made;
}

Discontinuity FromWire(const v1::Discontinuity& discontinuity) {
  return {.channel = ChannelName(discontinuity.channel()),
          .position = PositionToken(discontinuity.position()),
          .reason = FromWire(discontinuity.reason())};
}

}  // namespace parley::client
