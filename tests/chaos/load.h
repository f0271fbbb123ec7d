#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace parley::chaos {

// How much clients say; turned by the nemesis, read by all clients.
struct Load {
  std::atomic<bool> publishing{true};
  std::atomic<bool> restless{true};  // Clients also leave, come back, and lose their network.
  std::atomic<int> factor{1};        // Times the usual.
};

// What clients of a run have in common.
struct ClientSettings {
  std::vector<std::string> gateways;  // Addresses.
  std::chrono::milliseconds publish_period{590};
};

// From then on the client read from that gateway; -1: from none.
struct Attachment {
  std::int64_t time_us = 0;
  int gateway = -1;
};

}  // namespace parley::chaos
