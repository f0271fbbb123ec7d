#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "tests/chaos/fault.h"
#include "tests/chaos/judge.h"
#include "tests/chaos/log_dump.h"
#include "tests/chaos/timings.h"
#include "tests/chaos/vitals.h"

namespace parley::chaos {

// What came of a run.
struct Result {
  std::vector<Fault> faults;
  Verdict verdict;
  std::size_t records = 0;   // In the log.
  std::size_t repeated = 0;  // Of them, left out as duplicates.
  Latency before;            // Without faults.
  Latency after;             // At the end of the time that is given to recover.
  std::map<FaultKind, Spread> silences;
  Spread resumes;
  UsageByKind usage_before;
  UsageByKind usage_after;
  std::map<std::string, double> counters;
  double harness_cpu_seconds = 0;
  std::chrono::seconds took{0};
  std::vector<std::string> explanations;  // What became of some of the messages concerned.
  std::vector<std::string> violations;    // All of them, those of the verdict included.
};

}  // namespace parley::chaos
