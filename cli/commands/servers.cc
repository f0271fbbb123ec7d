#include "cli/commands/servers.h"

#include <string>

#include "cli/output/json_lines.h"
#include "cli/output/sanitize.h"
#include "cli/presence/gateway_list.h"

namespace parley::cli {
namespace {

std::string TextOf(const ListedGateway& gateway) {
  return ForTerminal(gateway.id) + "\t" + ForTerminal(gateway.grpc_address) + "\t" +
         std::to_string(gateway.sessions) + (gateway.draining ? "\tdraining" : "");
}

}  // namespace

ExitCode RunServers(const ServersOptions& options, const Console& console) {
  const GatewayList list = ListGateways(options.presence, options.timeout);
  if (!list.gateways) {
    console.Complain(ForTerminal(options.presence + ": " + list.reason));
    return list.connected ? ExitCode::kFailed : ExitCode::kUnreachable;
  }
  const JsonLines json(console.out_is_terminal());
  for (const ListedGateway& gateway : *list.gateways) {
    console.Line(options.json ? json.Of(gateway) : TextOf(gateway));
  }
  return ExitCode::kOk;
}

}  // namespace parley::cli
