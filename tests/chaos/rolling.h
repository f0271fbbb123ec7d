#pragma once

#include <string>
#include <vector>

#include "tests/chaos/deployment.h"
#include "tests/chaos/fault.h"

namespace parley::chaos {

// A rolling restart, as of an upgrade: all gateways, then all routers, then all presence replicas,
// one after the other, each by SIGTERM and started again when it has ended; the next one goes when
// that one has been ready for a while.
class Rolling final {
 public:
  explicit Rolling(Deployment& deployment) : deployment_(deployment) {}

  void Run();

  // After `Run`.
  const std::vector<Fault>& faults() const { return faults_; }
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  void RestartAll(ServiceKind service, FaultKind kind);

  Deployment& deployment_;
  std::vector<Fault> faults_;
  std::vector<std::string> complaints_;
};

}  // namespace parley::chaos
