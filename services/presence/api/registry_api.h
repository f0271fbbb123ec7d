#pragma once

#include <set>

#include "services/common/rpc/server.h"
#include "services/presence/directory.h"

namespace parley::presence {

// `Registry.Watch`: the servers, first all of them, then each change. Lives on the server's one
// loop; outlives its calls.
class RegistryApi {
 public:
  // Before the server is started.
  RegistryApi(rpc::Server& server, Directory& directory);

  // Sends what there is to send to every watcher that has read what it got.
  void Tick();

 private:
  class WatchCall;

  Directory& directory_;
  std::set<WatchCall*> calls_;
};

}  // namespace parley::presence
