#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace parley::oracle {

// One thing that a client of a test did or saw. Positions are tokens: those of one channel sort as
// the log does.
struct ClientEvent {
  enum class Kind {
    kInvoke,        // A publish begins: channel, id.
    kOk,            // It is acked: id, position. `first_try`: never repeated.
    kFail,          // It was definitely not stored: id.
    kUnknown,       // Nobody knows; it will not be repeated: id.
    kJoined,        // channel, position; `resumed`: nothing is missing since the last one seen.
    kReceived,      // channel, id, position, previous.
    kCheckpoint,    // channel, position: nothing of the channel lies before it that did not come.
    kLost,          // A discontinuity: channel, position from which it goes on.
    kDisconnected,  // The stream is gone.
    kLeft,          // It wants nothing more of the channel.
  };

  Kind kind = Kind::kInvoke;
  std::int64_t time_us = 0;
  std::string channel;
  std::string id;
  std::string position;
  std::string previous;
  bool resumed = false;
  bool first_try = true;
};

// What one client did and saw, in the order in which it did.
struct ClientLog {
  std::string user;
  std::vector<ClientEvent> events;
};

// One message that is visible in the log: read from it by somebody else than the product, with
// duplicates left out as DESIGN defines them.
struct StoredMessage {
  std::string channel;
  std::string id;
  std::string sender;
  std::string position;
  // Of copies of it that are left out.
  std::vector<std::string> hidden{};
};

}  // namespace parley::oracle
