#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tests/oracle/client_log.h"

namespace parley::oracle {

// What a violation broke. One can break several.
enum class Breach {
  kLost,           // A message did not come, or was acked and is not in the log.
  kDuplicate,      // One came twice, or is visible twice in the log.
  kReordered,      // One came, or was stored, out of order.
  kUndetectedGap,  // One was left out, and nothing that came later tells so.
  kOther,
};

// Judges what clients saw, after all faults are healed and everything had time to arrive. What it
// holds them to, for each channel:
//   1 a client that stayed in the channel, or resumed with nothing missing, received every stored
//     message since it joined, in the order of the log, and nothing else; a loss that it was told
//     of excuses only what the log does not hold any more; and what was sent after a join was
//     answered lies beyond that join's position;
//   2 what it received was sent by somebody, to this channel, and did not definitely fail;
//   3 no id came twice to one client;
//   4 positions rise, and all clients and the log agree on which message is where;
//   5 what one client sent and got acked at the first try lies in the log in the order of sending;
//   6 a message that names the one before it names the one that lies before it in the log;
//   7 a publish of unknown outcome shows up for everybody or for nobody (follows from 1);
//   8 every acked publish is in the log, once, where it was sent to; one that definitely failed is
//     not in it.
class Oracle final {
 public:
  // All that the log holds, in any order.
  explicit Oracle(const std::vector<StoredMessage>& stored);

  // Each client's log, complete; the clients' clocks agree. `stays` is true for one that is in its
  // channels at the end. A client that joins again from now on, because it does not want what it
  // missed, has left before.
  void Judge(const ClientLog& log, bool stays);
  // After all clients.
  void JudgeSends();

  // Each violation, one line. Empty: all is well.
  const std::vector<std::string>& violations() const { return violations_; }
  std::size_t count(Breach breach) const;
  std::size_t received() const { return received_; }
  std::size_t acked() const { return acked_; }
  // Times that a client was told that it lost something, or was not resumed where it left off.
  std::size_t discontinuities() const { return discontinuities_; }

 private:
  // The messages of a channel, by position.
  using Channel = std::vector<StoredMessage>;
  struct Membership {
    bool covered = false;  // Everything beyond `at` must come.
    std::string at;        // The last position given.
    std::unordered_set<std::string> ids;
  };
  struct Sent {
    std::string user;
    std::string channel;
    std::int64_t time_us = 0;
    bool failed = false;
    bool acked = false;
    bool first_try = false;
    std::string position;
  };
  struct LiveJoin {
    std::string user;
    std::string channel;
    std::int64_t time_us = 0;
    std::string position;
  };
  struct Received {
    std::string user;  // The first that got it.
    std::string channel;
  };

  void OnInvoke(const ClientLog& log, const ClientEvent& event);
  // The publish that an answer is about; null when there was none.
  Sent* FindSent(const ClientLog& log, const ClientEvent& event);
  void OnOk(const ClientLog& log, const ClientEvent& event);
  void OnJoined(const ClientLog& log, const ClientEvent& event, Membership& membership);
  void OnLost(const ClientLog& log, const ClientEvent& event, Membership& membership);
  void OnCheckpoint(const ClientLog& log, const ClientEvent& event, Membership& membership);
  void OnReceived(const ClientLog& log, const ClientEvent& event, Membership& membership);
  // It goes on at `to` without what lies before: fine if the log has nothing there.
  void Skip(const ClientLog& log, const ClientEvent& event, const Membership& membership);
  void CompareWithLog(const ClientLog& log, const ClientEvent& event, const Membership& membership);
  void JudgePrevious(const ClientLog& log, const ClientEvent& event, const Membership& membership,
                     const StoredMessage* expected);
  void JudgeEnd(const ClientLog& log, const std::map<std::string, Membership>& memberships);

  void JudgeReceived();
  void JudgeStored(const std::string& id, const Sent& sent);
  void JudgeOrder();
  void JudgeJoins();

  // The stored message right after the position; null at the end.
  const StoredMessage* Next(const std::string& channel, const std::string& at) const;
  void Violation(const std::string& user, const std::string& what) {
    Violation({Breach::kOther}, user, what);
  }
  void Violation(std::initializer_list<Breach> breaches, const std::string& user,
                 const std::string& what);

  std::map<std::string, Channel> channels_;
  std::map<std::string, Sent> sent_;                            // By id.
  std::map<std::string, std::vector<std::string>> sent_order_;  // Ids by user and channel.
  std::map<std::string, std::vector<const StoredMessage*>> stored_by_id_;
  std::map<std::string, Received> received_by_id_;
  std::vector<LiveJoin> live_joins_;
  std::vector<std::string> violations_;
  std::map<Breach, std::size_t> breaches_;
  std::size_t received_ = 0;
  std::size_t acked_ = 0;
  std::size_t discontinuities_ = 0;
};

}  // namespace parley::oracle
