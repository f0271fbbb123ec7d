#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "services/common/rpc/server.h"

namespace parley::rpc {

class HealthWatch;

// `grpc.health.v1.Health` for all services of a server, which are well or not together. Watchers
// are told of changes.
class Health final {
 public:
  // The loops are those of the server; they outlive this, or are stopped before it goes.
  explicit Health(const std::vector<Loop*>& loops);

  // Before the server starts.
  void HandleOn(Server& server);
  void SetServices(const std::vector<std::string>& services);

  // Any thread.
  void SetServing(bool serving);
  // Ends every watch, now and from now on. Any thread.
  void Stop();

 private:
  friend class HealthWatch;

  bool Knows(const std::string& service) const { return services_.contains(service); }
  void TellWatches();

  std::set<std::string> services_;  // Constant once the server runs.
  std::atomic<bool> serving_ = true;
  std::atomic<bool> stopped_ = false;
  // Each loop's set is that loop's alone.
  std::map<Loop*, std::set<HealthWatch*>> watches_;
};

}  // namespace parley::rpc
