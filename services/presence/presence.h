#pragma once

#include <memory>
#include <string>

#include "services/common/clock.h"
#include "services/common/log.h"
#include "services/common/process/run.h"
#include "services/presence/presence_config.h"

namespace parley::presence {

struct Endpoints {
  std::string id;
  std::string grpc;
  std::string link;  // None.
  std::string admin;
};

// A presence replica: reads all of `user-connections`, holds the registry, and answers. Its state
// lives on the one loop of its server; the log and the probes have a thread each.
class Presence final : public process::Service {
 public:
  // Throws std::runtime_error when an address or the configuration is bad. Kafka need not be there.
  Presence(const PresenceConfig& config, const Clock& clock, const Logger& logger);
  ~Presence() override;

  const Endpoints& endpoints() const;
  // Empty when it has read the log to its end once; otherwise what it waits for. Any thread.
  std::string NotReady() const;
  void Stop() override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::presence
