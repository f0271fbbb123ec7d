#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "client/chance.h"
#include "services/common/clock.h"

namespace parley::client {

// Which server a session tries next, and how long it waits before. Pure. Servers take turns in a
// random order, so that one that failed is tried last. There is no wait before a server has taken
// the session: whoever begins tries each of them once.
class Reconnect final {
 public:
  struct Attempt {
    std::string server{};
    std::uint32_t number = 1;  // Since a server worked.
    Duration wait{};
  };

  Reconnect(std::vector<std::string> servers, const Backoff& backoff, Chance& chance);

  [[nodiscard]] Attempt Next();
  // A server took the session: from now on there are waits …
  void OnWelcome() { is_underway_ = true; }
  // … and it does what a session is for, so that the next failure counts as the first.
  void OnWorking() { attempts_ = 0; }
  // The server said when to go, and that time is over: the next attempt is made at once.
  void OnDrained() { at_once_ = true; }

  std::size_t servers() const { return servers_.size(); }

 private:
  std::vector<std::string> servers_;
  const Backoff backoff_;
  Chance& chance_;
  std::size_t turn_ = 0;
  std::size_t attempts_ = 0;  // Since a server worked.
  bool is_underway_ = false;
  bool at_once_ = false;
};

}  // namespace parley::client
