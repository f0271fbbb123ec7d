#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/oracle/client_log.h"

namespace parley::oracle {

// Judges what clients saw, after all faults are healed and everything had time to arrive. What it
// holds them to, for each channel:
//   1 a client that stayed in the channel, or resumed with nothing missing, received every stored
//     message since it joined, in the order of the log, and nothing else;
//   2 what it received was sent by somebody and did not definitely fail;
//   3 no id came twice to one client;
//   4 positions rise, and all clients and the log agree on which message is where;
//   5 what one client sent and got acked at the first try lies in the log in the order of sending;
//   6 no message names a predecessor beyond what the client had been given;
//   7 a publish of unknown outcome shows up for everybody or for nobody (follows from 1);
//   8 every acked publish is in the log, once.
class Oracle final {
 public:
  // `stored` in the order of positions within each channel.
  explicit Oracle(const std::vector<StoredMessage>& stored);

  // Each client's log, complete. `stays` is true for one that is in its channels at the end.
  void Judge(const ClientLog& log, bool stays);
  // After all clients.
  void JudgeSends();

  // Each violation, one line. Empty: all is well.
  const std::vector<std::string>& violations() const { return violations_; }
  std::size_t received() const { return received_; }
  std::size_t acked() const { return acked_; }

 private:
  struct Channel {
    std::vector<StoredMessage> messages;
  };
  struct Membership {
    bool covered = false;  // Everything beyond `at` must come.
    std::string at;        // The last position given.
    std::set<std::string> ids;
  };
  struct Sent {
    std::string user;
    std::string channel;
    bool failed = false;
    bool acked = false;
    bool first_try = false;
    std::string position;
  };

  void OnJoined(const ClientLog& log, const ClientEvent& event, Membership& membership);
  void OnCheckpoint(const ClientLog& log, const ClientEvent& event, Membership& membership);
  void OnReceived(const ClientLog& log, const ClientEvent& event, Membership& membership);
  // The stored message right after the position; null at the end.
  const StoredMessage* Next(const std::string& channel, const std::string& at) const;
  void Violation(const std::string& user, const std::string& what);

  std::map<std::string, Channel> channels_;
  std::map<std::string, Sent> sent_;                            // By id.
  std::map<std::string, std::vector<std::string>> sent_order_;  // Ids by user and channel.
  std::map<std::string, std::vector<const StoredMessage*>> stored_by_id_;
  std::vector<std::pair<std::string, std::string>> received_ids_;  // User and id.
  std::vector<std::string> violations_;
  std::size_t received_ = 0;
  std::size_t acked_ = 0;
};

}  // namespace parley::oracle
