#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.h"
#include "client/options.h"
#include "client/types.h"
#include "services/common/clock.h"

namespace parley::cli {

// What every command that talks to a gateway is told.
struct Connection {
  std::vector<std::string> servers = {"127.0.0.1:50051"};  // Any of them will do.
  std::string user = "anonymous";
  std::string channel = "general";

  ChannelName channel_name() const { return ChannelName(channel); }
};

// $PARLEY_SERVER, $PARLEY_USER or $USER, and $PARLEY_CHANNEL, where they are set.
[[nodiscard]] Connection ConnectionFromEnvironment();
// $PARLEY_PRESENCE, or the port of a presence replica on this machine.
[[nodiscard]] std::string PresenceFromEnvironment();

// Addresses of gateways, separated by commas, added to those that are there.
void AddServers(std::string_view text, std::vector<std::string>& servers);

[[nodiscard]] client::Options ClientOptions(const Connection& connection);

// What went wrong and what to do about it, in a line for people.
[[nodiscard]] std::string Explain(const client::Error& error, const Connection& connection);

[[nodiscard]] ExitCode ExitCodeOf(const client::Error& error);
[[nodiscard]] ExitCode ExitCodeOf(const client::PublishResult& result);

}  // namespace parley::cli
