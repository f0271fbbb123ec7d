#pragma once

#include <map>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace parley::bench {

// Compares benchmarks in pairs: `NAME/ours` with `NAME/baseline`, whose label says what it does
// instead. Prints one line per pair at the end. A ratio of two medians of one run says something on
// any machine; a time does not.
class RatioReporter final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

 private:
  // Processor times of the repetitions, in nanoseconds.
  using Times = std::vector<double>;

  struct Pair {
    Times ours;
    Times baseline;
    std::string instead;
  };

  std::map<std::string, Pair> pairs_;
};

}  // namespace parley::bench
