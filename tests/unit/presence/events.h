#pragma once

#include <cstdint>
#include <string>

#include "services/common/clock.h"
#include "services/common/connection_event.h"

namespace parley::presence {

using Type = ConnectionEvent::Type;

// Makes the events of one gateway process, numbered as a gateway numbers them.
class EventSource {
 public:
  explicit EventSource(std::string server, std::int64_t epoch = 1)
      : server_(std::move(server)), epoch_(epoch) {}

  ConnectionEvent Connect(const std::string& session, const std::string& user) {
    return Change(Type::kConnect, session, user, "");
  }
  ConnectionEvent Join(const std::string& session, const std::string& user,
                       const std::string& channel) {
    return Change(Type::kJoin, session, user, channel);
  }
  ConnectionEvent Leave(const std::string& session, const std::string& user,
                        const std::string& channel) {
    return Change(Type::kLeave, session, user, channel);
  }
  ConnectionEvent Disconnect(const std::string& session, const std::string& user) {
    return Change(Type::kDisconnect, session, user, "");
  }
  ConnectionEvent Heartbeat() const { return OfServer(Type::kHeartbeat); }
  ConnectionEvent Draining() const { return OfServer(Type::kDraining); }
  ConnectionEvent Gone() const { return OfServer(Type::kGone); }

  std::uint64_t revision() const { return revision_; }

 private:
  ConnectionEvent Change(Type type, const std::string& session, const std::string& user,
                         const std::string& channel) {
    ConnectionEvent event;
    event.type = type;
    event.server = ServerId(server_);
    event.epoch = epoch_;
    event.revision = ++revision_;
    event.session = SessionId(session);
    event.user = UserId(user);
    event.channel = ChannelName(channel);
    return event;
  }
  ConnectionEvent OfServer(Type type) const {
    ConnectionEvent event;
    event.type = type;
    event.server = ServerId(server_);
    event.epoch = epoch_;
    event.revision = revision_;
    event.link_address = server_ + ":50052";
    event.grpc_address = server_ + ":50051";
    return event;
  }

  std::string server_;
  std::int64_t epoch_;
  std::uint64_t revision_ = 0;
};

inline TimePoint At(std::int64_t milliseconds) {
  return TimePoint(std::chrono::milliseconds(milliseconds));
}

}  // namespace parley::presence
