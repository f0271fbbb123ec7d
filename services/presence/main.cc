#include <memory>
#include <optional>

#include "services/common/clock.h"
#include "services/common/process/options.h"
#include "services/common/process/run.h"
#include "services/presence/presence.h"

int main(int argc, char** argv) {
  parley::presence::PresenceConfig config;
  parley::process::LogConfig log;
  parley::process::Options options("parley-presence",
                                   "Knows which gateways live and who is on them.");
  config.Describe(options);
  log.Describe(options);
  if (const std::optional<int> exit_code = options.Parse(argc, argv)) return *exit_code;

  const parley::SystemClock clock;
  return parley::process::RunUntilSignal(
      "parley-presence", log, options, [&](const parley::Logger& logger) {
        return std::make_unique<parley::presence::Presence>(config, clock, logger);
      });
}
