#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "services/common/ids.h"

namespace parley {

// One record of `user-connections`: what a gateway says of itself and of its sessions.
// docs/protocol.md documents the JSON, which programs outside Parley may read: `type`, `user_id`
// (empty where there is none), `server_id`, `epoch`, `revision`, `connected`, `timestamp`; of
// sessions also `session_id` and `channel`; of the gateway itself `address` (for links),
// `grpc_address` and `sessions`.
struct ConnectionEvent {
  enum class Type { kConnect, kJoin, kLeave, kDisconnect, kHeartbeat, kDraining, kGone };

  Type type = Type::kHeartbeat;
  ServerId server;
  std::int64_t epoch = 0;      // Start of the gateway process, ms since 1970.
  std::uint64_t revision = 0;  // Numbers the gateway's changes; a heartbeat repeats the last.
  UserId user;                 // Empty in heartbeats, `draining` and `gone`.
  SessionId session;
  ChannelName channel;         // In `join` and `leave`.
  std::string link_address;    // In heartbeats and `draining`: where routers dial.
  std::string grpc_address;    // Where clients connect.
  std::uint32_t sessions = 0;  // In heartbeats.
  std::int64_t time_ms = 0;
};

[[nodiscard]] std::string ToJson(const ConnectionEvent& event);
// Nothing when it is not such an event, whoever wrote it: broken JSON, an unknown type, a field
// that is missing for its type, of the wrong type or beyond its limit. Unknown fields are ignored.
// Never throws.
[[nodiscard]] std::optional<ConnectionEvent> ParseConnectionEvent(std::string_view json);

}  // namespace parley
