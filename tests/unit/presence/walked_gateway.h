#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
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

  // A page of a snapshot: the sessions after this one, as they are now, under the revision that the
  // first page had.
  struct Page {
    std::string bytes;
    std::uint64_t revision = 0;
    std::optional<std::string> next_after{};
  };
  Page PageAfter(const std::string& after, std::optional<std::uint64_t> revision) const {
    constexpr int kSessions = 3;
    Page page{.bytes = "", .revision = revision.value_or(source_.revision())};
    internal::v1::SessionsPage message;
    message.set_server_id(name_);
    message.set_epoch(epoch_);
    message.set_revision(page.revision);
    for (auto seat = seats_.upper_bound(after); seat != seats_.end(); ++seat) {
      if (message.sessions_size() == kSessions) {
        page.next_after = message.sessions(kSessions - 1).session_id();
        break;
      }
      auto& state = *message.add_sessions();
      state.set_session_id(seat->first);
      state.set_user(seat->second.user);
      for (const std::string& channel : seat->second.channels) state.add_channels(channel);
    }
    page.bytes = message.SerializeAsString();
    return page;
  }
  // All pages, at once.
  std::vector<std::string> Snapshot() const {
    std::vector<std::string> pages;
    std::optional<std::string> after = "";
    while (after) {
      Page page = PageAfter(*after, std::nullopt);
      pages.push_back(std::move(page.bytes));
      after = std::move(page.next_after);
    }
    return pages;
  }

 private:
  std::string name_;
  std::int64_t epoch_;
  EventSource source_;
  Seats seats_;
};

}  // namespace parley::presence
