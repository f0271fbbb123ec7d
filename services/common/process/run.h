#pragma once

#include <functional>
#include <memory>
#include <string>

#include "services/common/log.h"
#include "services/common/process/options.h"
#include "services/common/process/version.h"

namespace parley::process {

struct LogConfig {
  std::string level = "info";
  std::string format = "auto";

  void Describe(Options& options);  // --log-level, --log-format
};

// What a program runs. The constructor of a service throws std::runtime_error with one line that
// says what is wrong and how to mend it.
class Service {
 public:
  virtual ~Service() = default;
  // Called once on the first SIGTERM or SIGINT; returns when the service has drained.
  virtual void Stop() = 0;
};

// Blocks the signals, raises the descriptor limit to the hard one, logs version and effective
// configuration, makes the service, waits for SIGTERM or SIGINT, stops it. A second signal exits at
// once. Returns the exit code: 0, or 1 when the service could not start.
int RunUntilSignal(const std::string& program, const LogConfig& log, const Options& options,
                   const std::function<std::unique_ptr<Service>(const Logger& logger)>& make);

}  // namespace parley::process
