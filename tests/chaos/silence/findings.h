#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/chaos/silence/trial.h"

namespace parley::chaos {

// What the trials brought: the longest silence of each, in seconds.
class Findings final {
 public:
  void Add(Hurt hurt, double seconds) { seconds_[hurt].push_back(seconds); }

  // A table: kind, trials, median, worst, and what was asked.
  [[nodiscard]] std::string Table() const;
  // What is not as it must be, a line each. Of kinds that were tried alone.
  [[nodiscard]] std::vector<std::string> Complaints() const;

 private:
  struct Numbers {
    std::size_t trials = 0;
    double median = 0;
    double worst = 0;
  };
  [[nodiscard]] Numbers Of(Hurt hurt) const;

  std::map<Hurt, std::vector<double>> seconds_;
};

}  // namespace parley::chaos
