// The clients of a chaos run beside an installation that somebody else has started, and breaks.

#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <limits>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/chaos/crowd.h"
#include "tests/chaos/judge.h"
#include "tests/chaos/log_dump.h"

namespace {

namespace chaos = parley::chaos;

constexpr std::chrono::seconds kAllInWithin{60};
constexpr std::chrono::seconds kSettledWithin{60};
// What was said last has still to reach everybody.
constexpr std::chrono::seconds kQuiet{10};
// Counted from when its input has ended.
constexpr std::chrono::minutes kEnoughWithin{10};

chaos::ClientSettings Settings(const std::string& gateways) {
  chaos::ClientSettings settings;
  std::istringstream stream(gateways);
  for (std::string address; std::getline(stream, address, ',');) {
    settings.gateways.push_back(address);
  }
  return settings;
}

void Say(const std::string& what) { std::cout << what << std::endl; }

bool WaitUntilAcked(chaos::Crowd& crowd, std::size_t least) {
  const auto deadline = std::chrono::steady_clock::now() + kEnoughWithin;
  while (crowd.Acked() < least) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  return true;
}

// Returns what was wrong besides what the oracle finds.
std::vector<std::string> Talk(chaos::Crowd& crowd, std::size_t acked_least) {
  const std::vector<std::string> outside = crowd.WaitUntilSettled(kAllInWithin);
  if (!outside.empty()) return outside;
  crowd.load().publishing = true;
  Say("all clients are in");
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
  const bool enough = WaitUntilAcked(crowd, acked_least);
  crowd.load().publishing = false;
  std::vector<std::string> wrong = crowd.WaitUntilSettled(kSettledWithin);
  std::this_thread::sleep_for(kQuiet);
  crowd.End();
  if (!enough) wrong.push_back("fewer acked than " + std::to_string(acked_least));
  return wrong;
}

int Run(const std::string& gateways, const std::string& brokers, std::size_t acked_least) {
  // Few: what else the machine runs is in containers beside it.
  chaos::Crowd crowd({.clients = 40, .library_clients = 6, .channels = 10}, Settings(gateways), 1);
  crowd.load().publishing = false;
  crowd.load().restless = false;
  std::vector<std::string> wrong = Talk(crowd, acked_least);
  const chaos::Verdict verdict = chaos::Judge(crowd.Records(), chaos::DumpLog(brokers));
  wrong.insert(wrong.end(), verdict.violations.begin(), verdict.violations.end());
  for (const std::string& line : wrong) Say("  " + line);
  std::printf("%zu acked, %zu delivered: %zu lost, %zu duplicated, %zu reordered, %zu gaps: %s\n",
              verdict.acked, verdict.delivered, verdict.lost, verdict.duplicated, verdict.reordered,
              verdict.undetected_gaps, wrong.empty() ? "clean" : "VIOLATIONS");
  return wrong.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::fprintf(stderr,
                 "parley_crowd GATEWAYS BROKERS [ACKED]: addresses, with commas between them. It "
                 "talks until its standard input ends, and until so many messages are acked.\n");
    return 2;
  }
  try {
    return Run(argv[1], argv[2], argc == 4 ? std::stoul(argv[3]) : 0);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "parley_crowd: %s\n", error.what());
    return 1;
  }
}
