#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "services/gateway/hub/roster_port.h"

namespace parley::gateway {

// Presence as hubs and unary calls see it; answers at once.
class FakeRoster final : public RosterPort {
 public:
  void Watch(RosterListener&, const ChannelName& channel) override { watched.insert(channel); }
  void Unwatch(RosterListener&, const ChannelName& channel) override {
    watched.erase(watched.find(channel));
  }
  void Members(const ChannelName&, std::uint32_t limit,
               std::function<void(std::optional<RosterReply>)> done) override {
    limit_asked = limit;
    done(members);
  }
  void List(const std::string&, std::uint32_t limit,
            std::function<void(std::optional<ChannelListReply>)> done) override {
    limit_asked = limit;
    done(channels);
  }

  std::multiset<ChannelName> watched;
  std::uint32_t limit_asked = 0;
  // Nothing: presence is away.
  std::optional<RosterReply> members;
  std::optional<ChannelListReply> channels;
};

class FakeRosterListener final : public RosterListener {
 public:
  void OnRoster(const RosterChange&) override {}
};

// Writes down what presence is told.
class FakeAnnouncer final : public AnnouncerPort {
 public:
  void Connected(const SessionId&, const UserId& user) override {
    said.push_back("connected " + user.value());
  }
  void Joined(const SessionId&, const UserId& user, const ChannelName& channel) override {
    said.push_back("joined " + user.value() + " " + channel.value());
  }
  void Left(const SessionId&, const UserId& user, const ChannelName& channel) override {
    said.push_back("left " + user.value() + " " + channel.value());
  }
  void Disconnected(const SessionId&, const UserId& user) override {
    said.push_back("disconnected " + user.value());
  }

  std::vector<std::string> said;
};

}  // namespace parley::gateway
