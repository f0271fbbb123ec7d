#include "cli/connection.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <utility>

#include "services/common/process/version.h"

namespace parley::cli {
namespace {

void TakeFromEnvironment(const char* name, std::string& value) {
  const char* given = std::getenv(name);
  if (given != nullptr && *given != '\0') value = given;
}

}  // namespace

Connection ConnectionFromEnvironment() {
  Connection connection;
  TakeFromEnvironment("USER", connection.user);
  TakeFromEnvironment("PARLEY_USER", connection.user);
  std::string servers;
  TakeFromEnvironment("PARLEY_SERVER", servers);
  std::vector<std::string> named;
  AddServers(servers, named);
  if (!named.empty()) connection.servers = std::move(named);
  TakeFromEnvironment("PARLEY_CHANNEL", connection.channel);
  return connection;
}

std::string PresenceFromEnvironment() {
  std::string presence = "127.0.0.1:50061";
  TakeFromEnvironment("PARLEY_PRESENCE", presence);
  return presence;
}

void AddServers(std::string_view text, std::vector<std::string>& servers) {
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) servers.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
}

client::Options ClientOptions(const Connection& connection) {
  client::Options options;
  options.servers = connection.servers;
  options.user = UserId(connection.user);
  options.agent = std::string("parley/") + process::Version();
  return options;
}

std::string Explain(const client::Error& error, const Connection& connection) {
  if (error.code == client::kUnreachable) {
    return error.message + ": is a gateway running there? Name another with --server HOST:PORT.";
  }
  if (error.code == "UNIMPLEMENTED") {
    const bool is_one = connection.servers.size() == 1;
    return (is_one ? connection.servers[0] : "a server") +
           " answers, but does not speak parley.v1: is it a Parley gateway?";
  }
  const char* advice = error.retryable() ? "; trying again may help" : "";
  return error.message + " (" + error.code + advice + ")";
}

ExitCode ExitCodeOf(const client::Error& error) {
  return error.code == client::kUnreachable ? ExitCode::kUnreachable : ExitCode::kFailed;
}

ExitCode ExitCodeOf(const client::PublishResult& result) {
  switch (result.outcome) {
    case client::Outcome::kStored:
      return ExitCode::kOk;
    case client::Outcome::kNotStored:
      return ExitCodeOf(result.error);
    case client::Outcome::kUnknown:
      return ExitCode::kUnknown;
  }
  return ExitCode::kUnknown;
}

}  // namespace parley::cli
