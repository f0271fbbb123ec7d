#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "services/common/ids.h"

namespace parley::presence {

struct ProbeTarget {
  ServerId server;
  std::int64_t epoch = 0;
  std::string address;  // host:port, where routers dial the server.
};

struct ProbeResult {
  ServerId server;
  std::int64_t epoch = 0;
  bool gone = false;  // Nothing answers there. False also when it could not be tried.
};

// Asks servers that are silent in the log whether anything still answers where routers dial them.
class Probe {
 public:
  using Done = std::function<void(std::vector<ProbeResult>)>;

  virtual ~Probe() = default;
  // Does not block. `done` runs once, on a thread of the probe's, unless the probe is destroyed
  // first.
  virtual void Start(std::vector<ProbeTarget> targets, Done done) = 0;
};

}  // namespace parley::presence
