#include <memory>
#include <optional>

#include "services/common/clock.h"
#include "services/common/process/options.h"
#include "services/common/process/run.h"
#include "services/router/router.h"

int main(int argc, char** argv) {
  parley::router::RouterConfig config;
  parley::process::LogConfig log;
  parley::process::Options options(
      "parley-router", "Carries messages from Kafka to the gateways that have members.");
  config.Describe(options);
  log.Describe(options);
  if (const std::optional<int> exit_code = options.Parse(argc, argv)) return *exit_code;

  const parley::SystemClock clock;
  return parley::process::RunUntilSignal(
      "parley-router", log, options, [&](const parley::Logger& logger) {
        return std::make_unique<parley::router::Router>(config, clock, logger);
      });
}
