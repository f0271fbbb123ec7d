#include "tests/chaos/silence/findings.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

namespace parley::chaos {
namespace {

// The registry may go without anybody noticing: to within what two runs differ by anyway.
constexpr double kPresenceRatioMax = 1.5;

std::string Seconds(double seconds) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(3) << seconds << " s";
  return text.str();
}

std::string Asked(const HurtSpec& spec) {
  std::string text;
  if (spec.median_max > 0) text = "median < " + Seconds(spec.median_max);
  if (spec.worst_max > 0) text = "worst < " + Seconds(spec.worst_max);
  if (spec.hurt == Hurt::kPresenceKill) text = "median <= 1.5 x without a fault";
  return text;
}

}  // namespace

Findings::Numbers Findings::Of(Hurt hurt) const {
  const auto found = seconds_.find(hurt);
  if (found == seconds_.end()) return {};
  std::vector<double> sorted = found->second;
  std::ranges::sort(sorted);
  const std::size_t count = sorted.size();
  return {count, (sorted[(count - 1) / 2] + sorted[count / 2]) / 2, sorted.back()};
}

std::string Findings::Table() const {
  std::ostringstream table;
  table << "| what happens | trials | median | worst | asked |\n|---|---|---|---|---|\n";
  for (const HurtSpec& spec : AllHurts()) {
    const Numbers numbers = Of(spec.hurt);
    if (numbers.trials == 0) continue;
    table << "| " << spec.title << " | " << numbers.trials << " | " << Seconds(numbers.median)
          << " | " << Seconds(numbers.worst) << " | " << Asked(spec) << " |\n";
  }
  return table.str();
}

std::vector<std::string> Findings::Complaints() const {
  std::vector<std::string> complaints;
  for (const HurtSpec& spec : AllHurts()) {
    const Numbers numbers = Of(spec.hurt);
    if (numbers.trials == 0) continue;
    if (spec.median_max > 0 && numbers.median >= spec.median_max)
      complaints.push_back(std::string(spec.title) + ": median " + Seconds(numbers.median));
    if (spec.worst_max > 0 && numbers.worst >= spec.worst_max)
      complaints.push_back(std::string(spec.title) + ": worst " + Seconds(numbers.worst));
  }
  const Numbers quiet = Of(Hurt::kNothing);
  const Numbers presence = Of(Hurt::kPresenceKill);
  if (quiet.trials > 0 && presence.median > kPresenceRatioMax * quiet.median) {
    complaints.push_back("presence kill -9: median " + Seconds(presence.median) +
                         ", without a fault " + Seconds(quiet.median));
  }
  return complaints;
}

}  // namespace parley::chaos
