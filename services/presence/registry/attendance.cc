#include "services/presence/registry/attendance.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <string>
#include <utility>

#include "services/presence/registry/packed_id.h"

namespace parley::presence {
namespace {

// So many members of a channel, or sessions of a user, are looked at to find the first few.
constexpr std::size_t kSeenMax = 10'000;

std::size_t HashOf(std::string_view name) { return std::hash<std::string_view>{}(name); }

std::size_t HashOf(SlotNumber number, std::size_t other) {
  constexpr std::uint64_t kMultiplier = 0x9e3779b97f4a7c15;  // 2^64 over the golden ratio.
  const std::uint64_t product = (other ^ (std::uint64_t{number} << 32)) * kMultiplier;
  return product ^ (product >> 32);
}

}  // namespace

SlotNumber Attendance::AddServer(const ServerId& id) { return servers_.Add({.id = id}); }

void Attendance::RemoveServer(SlotNumber server, Changes& changes) {
  RemoveSessions(server, changes);
  servers_.Remove(server);
}

void Attendance::RemoveSessions(SlotNumber server, Changes& changes) {
  while (servers_[server].first != kNoSlot) Remove(servers_[server].first, changes);
}

SlotNumber Attendance::Find(SlotNumber server, std::string_view session) const {
  const PackedId id(session);
  return session_index_.Find(HashOf(server, HashOf(id.bytes())), [&](SlotNumber number) {
    const Session& known = sessions_[number];
    return known.server == server && names_[known.id] == id.bytes();
  });
}

SlotNumber Attendance::Add(SlotNumber server, std::string_view session, std::string_view user) {
  assert(Find(server, session) == kNoSlot);
  Session fresh;
  fresh.id = names_.Add(PackedId(session).bytes());
  fresh.server = server;
  fresh.user = FindOrAddUser(user);
  const SlotNumber number = sessions_.Add(std::move(fresh));
  session_index_.Insert(number, [this](SlotNumber known) { return HashOfSession(known); });
  PushFront(sessions_, &Session::of_server, servers_[server].first, number);
  PushFront(sessions_, &Session::of_user, users_[sessions_[number].user].first, number);
  ++servers_[server].sessions;
  return number;
}

void Attendance::Remove(SlotNumber number, Changes& changes) {
  Session& session = sessions_[number];
  while (session.joined != kNoSlot) LeaveAt(number, &session.joined, changes);
  Unlink(sessions_, &Session::of_server, servers_[session.server].first, number);
  --servers_[session.server].sessions;
  User& user = users_[session.user];
  Unlink(sessions_, &Session::of_user, user.first, number);
  if (user.first == kNoSlot) {
    user_index_.Erase(session.user, [this](SlotNumber known) { return HashOfUser(known); });
    names_.Remove(user.name);
    users_.Remove(session.user);
  }
  session_index_.Erase(number, [this](SlotNumber known) { return HashOfSession(known); });
  names_.Remove(session.id);
  sessions_.Remove(number);
}

std::string_view Attendance::UserOf(SlotNumber session) const {
  return names_[users_[sessions_[session].user].name];
}

bool Attendance::Join(SlotNumber session, std::string_view channel, std::size_t channels_max,
                      Changes& changes) {
  SlotNumber found = FindChannel(channel);
  if (found != kNoSlot && FindJoined(session, found) != nullptr) return true;
  Session& joining = sessions_[session];
  if (joining.channels >= channels_max) return false;
  if (found == kNoSlot) found = AddChannel(channel);
  const SlotNumber member = CountIn(found, joining.user, changes);
  joining.joined = joined_.Add({.member = member, .next = joining.joined});
  ++joining.channels;
  return true;
}

void Attendance::Leave(SlotNumber session, std::string_view channel, Changes& changes) {
  const SlotNumber found = FindChannel(channel);
  SlotNumber* const link = found == kNoSlot ? nullptr : FindJoined(session, found);
  if (link != nullptr) LeaveAt(session, link, changes);
}

void Attendance::LeaveAllBut(SlotNumber session, const std::set<std::string_view>& channels,
                             Changes& changes) {
  SlotNumber* link = &sessions_[session].joined;
  while (*link != kNoSlot) {
    const Channel& channel = channels_[members_[joined_[*link].member].channel];
    if (channels.contains(names_[channel.name])) {
      link = &joined_[*link].next;
    } else {
      LeaveAt(session, link, changes);
    }
  }
}

void Attendance::Unmark(SlotNumber server) {
  for (SlotNumber at = servers_[server].first; at != kNoSlot; at = sessions_[at].of_server.next) {
    sessions_[at].marked = false;
  }
}

bool Attendance::Mark(SlotNumber session) {
  if (sessions_[session].marked) return false;
  sessions_[session].marked = true;
  return true;
}

void Attendance::RemoveUnmarked(SlotNumber server, Changes& changes) {
  for (SlotNumber at = servers_[server].first; at != kNoSlot;) {
    const SlotNumber next = sessions_[at].of_server.next;
    if (!sessions_[at].marked) Remove(at, changes);
    at = next;
  }
}

std::size_t Attendance::CountMembers(std::string_view channel) const {
  const SlotNumber found = FindChannel(channel);
  return found == kNoSlot ? 0 : channels_[found].members;
}

std::uint32_t Attendance::CountSessions(std::string_view channel, std::string_view user) const {
  const SlotNumber found = FindChannel(channel);
  const SlotNumber known = FindUser(user);
  if (found == kNoSlot || known == kNoSlot) return 0;
  const SlotNumber member = FindMember(found, known);
  return member == kNoSlot ? 0 : members_[member].sessions;
}

Members Attendance::MembersOf(std::string_view channel, std::size_t limit) const {
  const SlotNumber found = FindChannel(channel);
  if (found == kNoSlot) return {};
  std::vector<SlotNumber> numbers;
  const std::size_t seen_max = std::max(limit, kSeenMax);
  for (SlotNumber at = channels_[found].first; at != kNoSlot && numbers.size() < seen_max;
       at = members_[at].of_channel.next) {
    numbers.push_back(at);
  }
  const auto name_of = [this](SlotNumber member) {
    return names_[users_[members_[member].user].name];
  };
  const std::size_t shown = std::min(limit, numbers.size());
  std::partial_sort(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(shown),
                    numbers.end(),
                    [&](SlotNumber a, SlotNumber b) { return name_of(a) < name_of(b); });
  numbers.resize(shown);
  Members members;
  for (const SlotNumber member : numbers) {
    members.emplace_hint(members.end(), UserId(std::string(name_of(member))),
                         members_[member].sessions);
  }
  return members;
}

std::vector<PresentSession> Attendance::SessionsOf(std::string_view user, std::size_t limit) const {
  const SlotNumber found = FindUser(user);
  if (found == kNoSlot) return {};
  std::vector<SlotNumber> numbers;
  const std::size_t seen_max = std::max(limit, kSeenMax);
  for (SlotNumber at = users_[found].first; at != kNoSlot && numbers.size() < seen_max;
       at = sessions_[at].of_user.next) {
    numbers.push_back(at);
  }
  const std::size_t shown = std::min(limit, numbers.size());
  std::partial_sort(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(shown),
                    numbers.end(), [this](SlotNumber a, SlotNumber b) {
                      return names_[sessions_[a].id] < names_[sessions_[b].id];
                    });
  numbers.resize(shown);
  std::vector<PresentSession> sessions;
  for (const SlotNumber number : numbers) {
    const Session& session = sessions_[number];
    PresentSession& shown_session = sessions.emplace_back();
    shown_session.id = SessionId(PackedId::IdOf(names_[session.id]));
    shown_session.server = servers_[session.server].id;
    for (SlotNumber at = session.joined; at != kNoSlot; at = joined_[at].next) {
      shown_session.channels.emplace_back(
          TextOf(channels_[members_[joined_[at].member].channel].name));
    }
    std::reverse(shown_session.channels.begin(), shown_session.channels.end());
  }
  return sessions;
}

std::optional<PresentChannel> Attendance::ChannelFrom(std::string_view name) const {
  const SlotNumber found =
      channel_order_.From(name, [this](SlotNumber known) { return NameOfChannel(known); });
  if (found == kNoSlot) return std::nullopt;
  const Channel& channel = channels_[found];
  return PresentChannel{ChannelName(TextOf(channel.name)), channel.members};
}

SlotNumber Attendance::FindUser(std::string_view name) const {
  return user_index_.Find(HashOf(name),
                          [&](SlotNumber number) { return names_[users_[number].name] == name; });
}

SlotNumber Attendance::FindOrAddUser(std::string_view name) {
  const SlotNumber found = FindUser(name);
  if (found != kNoSlot) return found;
  const SlotNumber number = users_.Add({.name = names_.Add(name)});
  user_index_.Insert(number, [this](SlotNumber known) { return HashOfUser(known); });
  return number;
}

SlotNumber Attendance::FindChannel(std::string_view name) const {
  const SlotNumber found =
      channel_order_.From(name, [this](SlotNumber known) { return NameOfChannel(known); });
  return found != kNoSlot && NameOfChannel(found) == name ? found : kNoSlot;
}

SlotNumber Attendance::AddChannel(std::string_view name) {
  const SlotNumber number = channels_.Add({.name = names_.Add(name)});
  channel_order_.Insert(number, [this](SlotNumber known) { return NameOfChannel(known); });
  return number;
}

SlotNumber Attendance::FindMember(SlotNumber channel, SlotNumber user) const {
  return member_index_.Find(HashOf(channel, user), [&](SlotNumber number) {
    return members_[number].channel == channel && members_[number].user == user;
  });
}

void Attendance::NoteCount(const Member& member, Changes& changes) const {
  changes.counts.push_back({ChannelName(TextOf(channels_[member.channel].name)),
                            UserId(TextOf(users_[member.user].name))});
}

SlotNumber Attendance::CountIn(SlotNumber channel, SlotNumber user, Changes& changes) {
  const SlotNumber found = FindMember(channel, user);
  if (found != kNoSlot) {
    ++members_[found].sessions;
    NoteCount(members_[found], changes);
    return found;
  }
  Channel& joined = channels_[channel];
  const SlotNumber number = members_.Add({.channel = channel, .user = user, .sessions = 1});
  member_index_.Insert(number, [this](SlotNumber known) { return HashOfMember(known); });
  PushFront(members_, &Member::of_channel, joined.first, number);
  ++joined.members;
  changes.memberships.push_back(
      {ChannelName(TextOf(joined.name)), UserId(TextOf(users_[user].name)), true});
  return number;
}

void Attendance::CountOut(SlotNumber number, Changes& changes) {
  Member& member = members_[number];
  assert(member.sessions > 0);
  if (--member.sessions > 0) return NoteCount(member, changes);
  Channel& channel = channels_[member.channel];
  changes.memberships.push_back(
      {ChannelName(TextOf(channel.name)), UserId(TextOf(users_[member.user].name)), false});
  member_index_.Erase(number, [this](SlotNumber known) { return HashOfMember(known); });
  Unlink(members_, &Member::of_channel, channel.first, number);
  if (--channel.members == 0) {
    channel_order_.Erase(member.channel, [this](SlotNumber known) { return NameOfChannel(known); });
    names_.Remove(channel.name);
    channels_.Remove(member.channel);
  }
  members_.Remove(number);
}

// A session of a user who is not in the channel is not in it either, so that the first joins of one
// session do not become slower the more there are.
SlotNumber* Attendance::FindJoined(SlotNumber session, SlotNumber channel) {
  const SlotNumber member = FindMember(channel, sessions_[session].user);
  if (member == kNoSlot) return nullptr;
  SlotNumber* link = &sessions_[session].joined;
  while (*link != kNoSlot && joined_[*link].member != member) link = &joined_[*link].next;
  return *link == kNoSlot ? nullptr : link;
}

void Attendance::LeaveAt(SlotNumber session, SlotNumber* link, Changes& changes) {
  const SlotNumber place = *link;
  const SlotNumber member = joined_[place].member;
  *link = joined_[place].next;
  joined_.Remove(place);
  --sessions_[session].channels;
  CountOut(member, changes);
}

std::size_t Attendance::HashOfSession(SlotNumber session) const {
  return HashOf(sessions_[session].server, HashOf(names_[sessions_[session].id]));
}

std::size_t Attendance::HashOfUser(SlotNumber user) const {
  return HashOf(names_[users_[user].name]);
}

std::size_t Attendance::HashOfMember(SlotNumber member) const {
  return HashOf(members_[member].channel, members_[member].user);
}

}  // namespace parley::presence
