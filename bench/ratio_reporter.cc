#include "bench/ratio_reporter.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace parley::bench {
namespace {

constexpr double kNanosecondsPerSecond = 1e9;

double Median(std::vector<double> times) {
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

}  // namespace

bool RatioReporter::ReportContext(const Context& context) {
  std::printf("%d processors; processor time, medians\n", context.cpu_info.num_cpus);
  return true;
}

void RatioReporter::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    if (run.run_type != Run::RT_Iteration) continue;
    const std::string& full_name = run.run_name.function_name;
    if (run.error_occurred) {
      std::printf("%s: %s\n", full_name.c_str(), run.error_message.c_str());
      continue;
    }
    const std::size_t slash = full_name.rfind('/');
    Pair& pair = pairs_[full_name.substr(0, slash)];
    const bool ours = std::string_view(full_name).substr(slash + 1) == "ours";
    const double seconds = run.cpu_accumulated_time / static_cast<double>(run.iterations);
    (ours ? pair.ours : pair.baseline).push_back(seconds * kNanosecondsPerSecond);
    if (!ours) pair.instead = run.report_label;
  }
}

void RatioReporter::Finalize() {
  for (const auto& [name, pair] : pairs_) {
    if (pair.ours.empty() || pair.baseline.empty()) continue;  // A filter left one out.
    const double ours = Median(pair.ours);
    const double baseline = Median(pair.baseline);
    std::printf("%s: %.1f times as fast as %s (%.0f ns, %.0f ns)\n", name.c_str(), baseline / ours,
                pair.instead.c_str(), ours, baseline);
  }
}

}  // namespace parley::bench
