#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/simulation/run.h"

namespace {

using parley::simulation::RunResult;

struct Options {
  std::uint64_t first = 1;
  std::uint64_t count = 1;
};

int Usage() {
  std::fputs(
      "parley_sim --seed N       replay one seed and print its faults\n"
      "parley_sim --seeds M [--first N]   run the seeds N, N+1, … (N is 1 if not given)\n",
      stderr);
  return 2;
}

void PrintViolations(std::uint64_t seed, const RunResult& result) {
  constexpr std::size_t kMost = 10;
  std::printf("seed %llu: %zu violations\n", static_cast<unsigned long long>(seed),
              result.violations.size());
  for (std::size_t i = 0; i < result.violations.size() && i < kMost; ++i) {
    std::printf("  %s\n", result.violations[i].c_str());
  }
  std::printf("again: ./dev sim --seed %llu\n", static_cast<unsigned long long>(seed));
}

int RunOne(std::uint64_t seed) {
  const RunResult result = parley::simulation::Run(seed);
  for (const std::string& fault : result.faults) std::printf("%s\n", fault.c_str());
  std::printf("%zu sent, %zu acked, %zu received, %zu faults, %llu steps\n", result.sent,
              result.acked, result.received, result.faults.size(),
              static_cast<unsigned long long>(result.steps));
  if (result.violations.empty()) return 0;
  PrintViolations(seed, result);
  return 1;
}

int RunMany(const Options& options) {
  std::size_t sent = 0;
  std::size_t received = 0;
  std::size_t faults = 0;
  std::size_t failed = 0;
  for (std::uint64_t seed = options.first; seed < options.first + options.count; ++seed) {
    const RunResult result = parley::simulation::Run(seed);
    sent += result.sent;
    received += result.received;
    faults += result.faults.size();
    if (result.violations.empty()) continue;
    ++failed;
    PrintViolations(seed, result);
  }
  std::printf("%llu seeds, %zu failed; %zu messages sent, %zu received, %zu faults\n",
              static_cast<unsigned long long>(options.count), failed, sent, received, faults);
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  bool one = false;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::uint64_t value = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--seed") == 0) {
      one = true;
      options.first = value;
    } else if (std::strcmp(argv[i], "--seeds") == 0) {
      options.count = value;
    } else if (std::strcmp(argv[i], "--first") == 0) {
      options.first = value;
    } else {
      return Usage();
    }
  }
  if (argc < 3 || argc % 2 == 0) return Usage();
  return one ? RunOne(options.first) : RunMany(options);
}
