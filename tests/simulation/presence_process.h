#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "services/presence/directory.h"
#include "tests/simulation/pipe.h"
#include "tests/simulation/process.h"

namespace parley::simulation {

class World;

// A presence replica: its core, reading the end of `user-connections`, asking gateways for the rest
// and telling routers which gateways live.
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
  // Takes the sessions after this one, and goes on to the next part.
  void TakePart(presence::SnapshotAnswer answer, const SessionId& after,
                std::optional<std::uint64_t> revision);
  void Tell();

  World& world_;
  Process process_;
  presence::Directory directory_;
  std::size_t next_;  // Of `user-connections`.
  std::map<presence::ServerWatchers::Id, Watcher> watchers_;
};

}  // namespace parley::simulation
