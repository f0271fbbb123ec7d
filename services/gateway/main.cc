#include <memory>
#include <optional>

#include "services/common/clock.h"
#include "services/common/process/options.h"
#include "services/common/process/run.h"
#include "services/gateway/config.h"
#include "services/gateway/gateway.h"

namespace process = parley::process;

int main(int argc, char** argv) {
  parley::gateway::GatewayConfig config;
  process::LogConfig log;
  process::Options options("parley-gateway", "Holds clients' streams and carries their messages.");
  config.Describe(options);
  log.Describe(options);
  if (const std::optional<int> exit_code = options.Parse(argc, argv)) return *exit_code;

  const parley::SystemClock clock;
  return process::RunUntilSignal("parley-gateway", log, options, [&](const parley::Logger& logger) {
    return std::make_unique<parley::gateway::Gateway>(config, clock, logger);
  });
}
