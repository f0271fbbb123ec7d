#include "cli/commands/health.h"

#include "cli/health/health_answer.h"
#include "cli/output/sanitize.h"

namespace parley::cli {
namespace {

bool Tell(const std::string& who, const HealthAnswer& answer, const Console& console) {
  if (answer.is_serving) {
    console.Line(ForTerminal(who) + " serving");
  } else {
    console.Complain(ForTerminal(who + " is not serving: " + answer.reason));
  }
  return answer.is_serving;
}

}  // namespace

ExitCode RunHealth(const HealthOptions& options, const Console& console) {
  bool all_serve = true;
  if (!options.server.empty()) {
    all_serve &= Tell(options.server, AskGrpc(options.server, options.timeout), console);
  }
  if (!options.admin.empty()) {
    all_serve &= Tell(options.admin, AskReadiness(options.admin, options.timeout), console);
  }
  return all_serve ? ExitCode::kOk : ExitCode::kFailed;
}

}  // namespace parley::cli
