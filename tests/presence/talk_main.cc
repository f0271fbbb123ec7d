// People who talk in channels of their own, until standard input ends. Its lines are spans of time,
// `BEGIN_US END_US`; for each the answer is the p99 of deliveries in it, in seconds.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/chaos/crowd.h"
#include "tests/chaos/timings.h"

namespace {

namespace chaos = parley::chaos;

constexpr std::chrono::seconds kAllInWithin{60};
constexpr std::chrono::seconds kPeriod{1};  // Between two messages of each.

int Run(std::vector<std::string> gateways) {
  chaos::ClientSettings settings;
  settings.gateways = std::move(gateways);
  settings.publish_period = kPeriod;
  chaos::Crowd crowd({.clients = 60, .library_clients = 0, .channels = 20, .threads = 1}, settings,
                     1);
  crowd.load().restless = false;
  if (!crowd.WaitUntilSettled(kAllInWithin).empty()) return 1;
  std::cout << "talking" << std::endl;
  std::vector<std::pair<std::int64_t, std::int64_t>> spans;
  for (std::pair<std::int64_t, std::int64_t> span; std::cin >> span.first >> span.second;) {
    spans.push_back(span);
  }
  crowd.End();
  for (const auto& [begin_us, end_us] : spans) {
    std::cout << chaos::LatencyBetween(crowd.Records(), begin_us, end_us).p99 << '\n';
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "presence_talk GATEWAY...\n");
    return 2;
  }
  return Run({argv + 1, argv + argc});
}
