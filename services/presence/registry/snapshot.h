#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/common/ids.h"

namespace parley::presence {

struct SnapshotTarget {
  ServerId server;
  std::int64_t epoch = 0;
  std::uint64_t question = 0;  // Numbers what is asked, of all servers.
  std::string address;         // host:port, where routers dial the server.
};

// What became of asking a server for its sessions.
struct SnapshotAnswer {
  enum class Outcome {
    kGiven,
    kFailed,       // No connection, no answer in time, or the server cannot just now.
    kUnsupported,  // It is of a version that gives none.
  };

  ServerId server;
  std::int64_t epoch = 0;
  std::uint64_t question = 0;
  Outcome outcome = Outcome::kFailed;
  std::vector<std::string> pages{};  // Serialized `SessionsPage`s, of which nothing is checked yet.
};

}  // namespace parley::presence
