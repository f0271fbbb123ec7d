#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace parley::cli {

// All addresses that the servers' names stand for now, each once: a name may be several gateways.
// What does not resolve is left out.
[[nodiscard]] std::vector<std::string> AddressesOf(const std::vector<std::string>& servers);

// Gateways to send through, and others to receive from.
struct Sides {
  std::vector<std::string> senders;
  std::vector<std::string> receivers;
};

// Divides the addresses at random, so that in time each meets each. One alone is on both sides.
[[nodiscard]] Sides Divide(std::vector<std::string> addresses, std::mt19937_64& chance);

}  // namespace parley::cli
