#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "services/common/ids.h"

namespace parley::gateway {

// The border between the hubs and presence. Calls are made on a hub's loop; answers are carried
// back to it by whoever implements these.

struct RosterChange {
  ChannelName channel;
  std::vector<UserId> joined;
  std::vector<UserId> left;
  std::uint32_t members = 0;
};

class RosterListener {
 public:
  virtual ~RosterListener() = default;
  // On the roster's loop; carry it to your own.
  virtual void OnRoster(const RosterChange& change) = 0;
};

struct RosterMember {
  UserId user;
  std::uint32_t sessions = 0;
};

struct RosterReply {
  std::vector<RosterMember> members;
  std::uint32_t total = 0;
};

struct ChannelListing {
  ChannelName channel;
  std::uint32_t members = 0;
};

struct ChannelListReply {
  std::vector<ChannelListing> channels;
  bool more = false;
};

class RosterPort {
 public:
  virtual ~RosterPort() = default;
  virtual void Watch(RosterListener& listener, const ChannelName& channel) = 0;
  virtual void Unwatch(RosterListener& listener, const ChannelName& channel) = 0;
  // `done` runs on the roster's loop, once; nothing when presence cannot be reached.
  virtual void Members(const ChannelName& channel, std::uint32_t limit,
                       std::function<void(std::optional<RosterReply>)> done) = 0;
  virtual void List(const std::string& prefix, std::uint32_t limit,
                    std::function<void(std::optional<ChannelListReply>)> done) = 0;
};

// Tells presence what happens here; becomes records of `user-connections`. Thread-safe, never
// blocks.
class AnnouncerPort {
 public:
  virtual ~AnnouncerPort() = default;
  virtual void Connected(const SessionId& session, const UserId& user) = 0;
  virtual void Joined(const SessionId& session, const UserId& user, const ChannelName& channel) = 0;
  virtual void Left(const SessionId& session, const UserId& user, const ChannelName& channel) = 0;
  virtual void Disconnected(const SessionId& session, const UserId& user) = 0;
};

}  // namespace parley::gateway
