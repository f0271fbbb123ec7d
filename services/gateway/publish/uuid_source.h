#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace parley::gateway {

// Makes random UUIDs (version 4), for messages that come without an id and for sessions. They name
// things and guard nothing. Lives on one loop.
class UuidSource final {
 public:
  explicit UuidSource(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] std::string Next();

 private:
  std::mt19937_64 random_;
};

}  // namespace parley::gateway
