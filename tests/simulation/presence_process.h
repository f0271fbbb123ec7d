#pragma once

#include <cstddef>
#include <map>
#include <memory>

#include "services/presence/directory.h"
#include "tests/simulation/pipe.h"
#include "tests/simulation/process.h"

namespace parley::simulation {

class World;

// A presence replica: its core, reading `user-connections` from the beginning and telling routers
// which gateways live.
class PresenceProcess final {
 public:
  explicit PresenceProcess(World& world);
  // As by kill -9.
  ~PresenceProcess();

  Process& process() { return process_; }
  const presence::Directory& directory() const { return directory_; }

  // A router watches the servers from now on.
  void Watch(std::size_t router);

 private:
  struct Watcher {
    std::size_t router;
    Process::Runner runner;
    std::unique_ptr<Pipe> pipe;
  };

  void Await();
  void Read();
  void Tick();
  void Ask(const presence::SnapshotTarget& target);
  void Tell();

  World& world_;
  Process process_;
  presence::Directory directory_;
  std::size_t next_ = 0;  // Of `user-connections`.
  std::map<presence::ServerWatchers::Id, Watcher> watchers_;
};

}  // namespace parley::simulation
