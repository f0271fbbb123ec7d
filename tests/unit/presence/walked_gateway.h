#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "parley/internal/v1/sessions.pb.h"
#include "services/common/connection_event.h"
#include "tests/unit/presence/events.h"

namespace parley::presence {

struct Seat {
  std::string user;
  std::set<std::string> channels{};
  friend bool operator==(const Seat&, const Seat&) = default;
};
using Seats = std::map<std::string, Seat>;  // By session.

// A gateway process as a model: what is true on it, and how it says so.
class WalkedGateway {
 public:
  WalkedGateway(std::string name, std::int64_t epoch)
      : name_(std::move(name)), epoch_(epoch), source_(name_, epoch) {}

  const Seats& seats() const { return seats_; }
  std::int64_t epoch() const { return epoch_; }
  std::uint64_t revision() const { return source_.revision(); }
  EventSource& source() { return source_; }

  ConnectionEvent Connect(const std::string& session, const std::string& user) {
    seats_[session].user = user;
    return source_.Connect(session, user);
  }
  ConnectionEvent Join(const std::string& session, const std::string& channel) {
    seats_.at(session).channels.insert(channel);
    return source_.Join(session, seats_.at(session).user, channel);
  }
  ConnectionEvent Leave(const std::string& session, const std::string& channel) {
    seats_.at(session).channels.erase(channel);
    return source_.Leave(session, seats_.at(session).user, channel);
  }
  ConnectionEvent Disconnect(const std::string& session) {
    const std::string user = seats_.at(session).user;
    seats_.erase(session);
    return source_.Disconnect(session, user);
  }

  // Two sessions on a page.
  std::vector<std::string> Snapshot() const {
    std::vector<std::string> pages;
    internal::v1::SessionsPage page;
    const auto begin = [&] {
      page.Clear();
      page.set_server_id(name_);
      page.set_epoch(epoch_);
      page.set_revision(revision());
    };
    begin();
    for (const auto& [id, seat] : seats_) {
      if (page.sessions_size() == 2) {
        pages.push_back(page.SerializeAsString());
        begin();
      }
      auto& state = *page.add_sessions();
      state.set_session_id(id);
      state.set_user(seat.user);
      for (const std::string& channel : seat.channels) state.add_channels(channel);
    }
    pages.push_back(page.SerializeAsString());
    return pages;
  }

 private:
  std::string name_;
  std::int64_t epoch_;
  EventSource source_;
  Seats seats_;
};

}  // namespace parley::presence
