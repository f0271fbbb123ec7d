#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/chaos/fault.h"

namespace parley::chaos {

// What a run is asked for.
struct Options {
  std::string asked;  // What follows in words of the command line, each with a space before it.
  std::uint64_t seed = 1;
  std::chrono::seconds duration{150};
  std::string report;    // Where the report goes; empty: none is written.
  std::string programs;  // The folder of the programs; empty: where this build's are.
  std::string folder = "build/chaos-logs";  // Of the processes' logs.
  std::string version;                      // Of the sources, for the report.
  std::string brokers;
  std::vector<std::string> kafka_control;
  std::vector<FaultKind> kinds;  // Empty: all but `all-stop`.
  // Instead of faults everything is restarted, one process after the other.
  bool rolling = false;
  std::chrono::milliseconds period{590};  // Between two messages of a client.
  // For all processes of a kind, beside what the harness gives them.
  std::vector<std::string> gateway_options;
  std::vector<std::string> router_options;
  std::size_t gateways = 3;
  std::size_t routers = 2;
  std::size_t presences = 2;
  std::size_t clients = 200;
  std::size_t library_clients = 12;
  std::size_t channels = 40;
};

// Prints what is wrong, or what can be given, and returns false.
[[nodiscard]] bool ParseOptions(int argc, char** argv, Options& options);

}  // namespace parley::chaos
