#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "services/common/ids.h"
#include "services/presence/registry/changes.h"
#include "services/presence/registry/name_store.h"
#include "services/presence/registry/slot_order.h"
#include "services/presence/registry/slots.h"

namespace parley::presence {

// Users of a channel, in the order of their names, and how many sessions each has there.
using Members = std::map<UserId, std::uint32_t>;

struct PresentSession {
  SessionId id;
  ServerId server;
  std::vector<ChannelName> channels{};
};

struct PresentChannel {
  ChannelName name;
  std::size_t members = 0;
};

// The sessions of all servers, their users, and who is in which channel, counted per user. It holds
// each name once and everything else in numbers of four bytes: a session with its id and one
// channel takes 130 to 160 bytes besides the names (tests/unit/presence/memory_test.cc).
//
// Pure: no clock, lock or I/O.
class Attendance {
 public:
  static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

  Attendance() = default;
  Attendance(const Attendance&) = delete;
  Attendance& operator=(const Attendance&) = delete;

  SlotNumber AddServer(const ServerId& id);
  // With its sessions.
  void RemoveServer(SlotNumber server, Changes& changes);
  void RemoveSessions(SlotNumber server, Changes& changes);
  std::size_t SessionsOn(SlotNumber server) const { return servers_[server].sessions; }

  // kNoSlot when it is not there.
  SlotNumber Find(SlotNumber server, std::string_view session) const;
  // Precondition: it is not there.
  SlotNumber Add(SlotNumber server, std::string_view session, std::string_view user);
  void Remove(SlotNumber session, Changes& changes);
  // Until it is removed.
  std::string_view UserOf(SlotNumber session) const;

  // False when the session is in so many channels already.
  [[nodiscard]] bool Join(SlotNumber session, std::string_view channel, std::size_t channels_max,
                          Changes& changes);
  void Leave(SlotNumber session, std::string_view channel, Changes& changes);
  void LeaveAllBut(SlotNumber session, const std::set<std::string_view>& channels,
                   Changes& changes);

  // To replace the sessions of a server: unmark all, mark those that stay, remove the others.
  void Unmark(SlotNumber server);
  // False when it is marked already.
  bool Mark(SlotNumber session);
  void RemoveUnmarked(SlotNumber server, Changes& changes);

  std::size_t sessions() const { return sessions_.size(); }
  std::size_t users() const { return users_.size(); }
  std::size_t channels() const { return channels_.size(); }
  std::size_t joins() const { return joined_.size(); }  // Channels of all sessions together.

  std::size_t CountMembers(std::string_view channel) const;
  // How many sessions the user has in the channel.
  std::uint32_t CountSessions(std::string_view channel, std::string_view user) const;
  // The first so many by name; by id, UUIDs before others. Of a channel with very many members, or
  // a user with very many sessions, it looks only at those that came last.
  Members MembersOf(std::string_view channel, std::size_t limit = kAll) const;
  std::vector<PresentSession> SessionsOf(std::string_view user, std::size_t limit = kAll) const;
  // The first channel of this name or a later one. No channel is empty.
  std::optional<PresentChannel> ChannelFrom(std::string_view name) const;

 private:
  struct Server {
    ServerId id{};
    SlotNumber first = kNoSlot;  // Of its sessions.
    std::uint32_t sessions = 0;
  };
  struct Session {
    NamePlace id = 0;  // Of a `PackedId`.
    SlotNumber server = kNoSlot;
    SlotNumber user = kNoSlot;
    SlotLink of_server{};
    SlotLink of_user{};
    SlotNumber joined = kNoSlot;  // The first of its channels.
    std::uint32_t channels : 31 = 0;
    bool marked : 1 = false;
  };
  struct User {
    NamePlace name = 0;
    SlotNumber first = kNoSlot;  // Of the sessions.
  };
  struct Channel {
    NamePlace name = 0;
    SlotNumber first = kNoSlot;  // Of the members.
    std::uint32_t members = 0;
  };
  struct Member {
    SlotNumber channel = kNoSlot;
    SlotNumber user = kNoSlot;
    std::uint32_t sessions = 0;
    SlotLink of_channel{};
  };
  struct Joined {
    SlotNumber member = kNoSlot;
    SlotNumber next = kNoSlot;  // Of the session.
  };
  SlotNumber FindUser(std::string_view name) const;
  SlotNumber FindOrAddUser(std::string_view name);
  SlotNumber FindChannel(std::string_view name) const;
  SlotNumber AddChannel(std::string_view name);  // Precondition: it is not there.
  SlotNumber FindMember(SlotNumber channel, SlotNumber user) const;
  void NoteCount(const Member& member, Changes& changes) const;
  SlotNumber CountIn(SlotNumber channel, SlotNumber user, Changes& changes);
  void CountOut(SlotNumber member, Changes& changes);
  // The link that leads to the session's place in the channel; null when it has none.
  SlotNumber* FindJoined(SlotNumber session, SlotNumber channel);
  void LeaveAt(SlotNumber session, SlotNumber* link, Changes& changes);

  std::string TextOf(NamePlace name) const { return std::string(names_[name]); }
  std::string_view NameOfChannel(SlotNumber channel) const {
    return names_[channels_[channel].name];
  }
  std::size_t HashOfSession(SlotNumber session) const;
  std::size_t HashOfUser(SlotNumber user) const;
  std::size_t HashOfMember(SlotNumber member) const;

  NameStore names_;  // Of sessions, users and channels.
  Slots<Server> servers_;
  Slots<Session> sessions_;
  Slots<User> users_;
  Slots<Channel> channels_;
  Slots<Member> members_;
  Slots<Joined> joined_;

  SlotIndex session_index_;  // By server and id.
  SlotIndex user_index_;     // By name.
  SlotIndex member_index_;   // By channel and user.
  SlotOrder channel_order_;  // By name.
};

}  // namespace parley::presence
