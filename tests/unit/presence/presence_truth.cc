#include "tests/unit/presence/presence_truth.h"

#include <cstddef>
#include <cstdint>
#include <map>

namespace parley::presence {
namespace {

using Known = std::map<std::string, Seats>;  // By server.

Known KnownTo(const Directory& directory) {
  Known known;
  for (unsigned user = 0; user <= WalkedServers::kUsers; ++user) {
    const std::string name = user == WalkedServers::kUsers ? "ghost" : Numbered("user", user);
    for (const auto& session : directory.registry().attendance().SessionsOf(name)) {
      Seat& seat = known[session.server.value()][session.id.value()];
      seat.user = name;
      for (const ChannelName& channel : session.channels) seat.channels.insert(channel.value());
    }
  }
  return known;
}

Seats SeatsOf(const Known& known, const std::string& server) {
  const auto found = known.find(server);
  return found == known.end() ? Seats() : found->second;
}

std::optional<std::string> WrongCounts(const Attendance& attendance, const Known& known) {
  std::map<std::string, std::map<std::string, std::uint32_t>> rosters;
  std::size_t sessions = 0;
  for (const auto& [server, seats] : known) {
    sessions += seats.size();
    for (const auto& [id, seat] : seats) {
      for (const std::string& channel : seat.channels) ++rosters[channel][seat.user];
    }
  }
  if (attendance.sessions() != sessions) return "sessions that no user has";
  if (attendance.channels() != rosters.size()) return "channels that nobody is in";
  for (const auto& [channel, roster] : rosters) {
    std::map<std::string, std::uint32_t> members;
    for (const auto& [user, count] : attendance.MembersOf(channel)) members[user.value()] = count;
    if (members != roster) return "wrong counts in " + channel;
    if (attendance.CountMembers(channel) != roster.size()) return "wrong size of " + channel;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> WrongNow(const Directory& directory, const WalkedServers& servers) {
  const Known known = KnownTo(directory);
  for (const auto& [name, server] : servers.all()) {
    const Server* const held = directory.registry().FindServer(ServerId(name));
    if (held == nullptr || !server.gateway || held->epoch != server.gateway->epoch()) continue;
    if (held->incomplete || held->revision != server.gateway->revision()) continue;
    if (SeatsOf(known, name) != server.gateway->seats()) return "wrong sessions of " + name;
  }
  return WrongCounts(directory.registry().attendance(), known);
}

std::optional<std::string> WrongOfTheLiving(const Directory& directory,
                                            const WalkedServers& servers) {
  const Known known = KnownTo(directory);
  for (const auto& [name, server] : servers.all()) {
    if (!server.gateway) continue;
    const Server* const held = directory.registry().FindServer(ServerId(name));
    if (held == nullptr || held->epoch != server.gateway->epoch()) return name + " is missing";
    if (SeatsOf(known, name) != server.gateway->seats()) return name + " is not known in time";
  }
  if (!directory.ready()) return "the replica is not ready";
  return std::nullopt;
}

std::optional<std::string> WrongInTheEnd(const Directory& directory, const WalkedServers& servers) {
  for (const auto& [id, held] : directory.registry().servers()) {
    if (!servers.all().at(id.value()).gateway) return id.value() + " is a ghost";
  }
  return WrongOfTheLiving(directory, servers);
}

}  // namespace parley::presence
