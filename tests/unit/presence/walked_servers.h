#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "services/common/connection_event.h"
#include "tests/unit/presence/walked_gateway.h"

namespace parley::presence {

// The dice of a walk.
class WalkedDice {
 public:
  explicit WalkedDice(unsigned seed) : random_(seed) {}
  unsigned Roll(std::size_t sides) { return static_cast<unsigned>(random_() % sides); }
  bool Chance(unsigned percent) { return Roll(100) < percent; }

 private:
  std::mt19937 random_;
};

// What is known by one name: a process, when one runs, and all records that were ever written.
struct WalkedServer {
  std::unique_ptr<WalkedGateway> gateway{};
  std::vector<ConnectionEvent> log{};
  std::int64_t beat_at = 0;
  std::int64_t cut_off_until = 0;
};

// Four names whose gateways do things at random: users come and go, gateways stop, crash, are cut
// off and begin anew, and records are lost, repeated and late.
class WalkedServers {
 public:
  static constexpr unsigned kUsers = 6;
  static constexpr unsigned kChannels = 5;

  explicit WalkedServers(WalkedDice& dice);

  // One gateway does something.
  void Move(std::int64_t now);
  // Each says that it lives when it is time.
  void Beat(std::int64_t now);
  // No faults from now on.
  void Calm();

  const std::map<std::string, WalkedServer>& all() const { return servers_; }

 private:
  void Write(WalkedServer& server, const ConnectionEvent& event);
  void ChangeSessions(WalkedServer& server);
  void Start(const std::string& name, WalkedServer& server);
  void Restart(const std::string& name, WalkedServer& server);
  void Repeat(WalkedServer& server);

  WalkedDice& dice_;
  std::map<std::string, WalkedServer> servers_;
  std::int64_t now_ = 0;
  bool faults_ = true;
  std::int64_t last_epoch_ = 0;
  unsigned last_session_ = 0;
};

// "user-3"
std::string Numbered(const std::string& kind, unsigned number);

}  // namespace parley::presence
