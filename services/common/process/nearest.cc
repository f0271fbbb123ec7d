#include "services/common/process/nearest.h"

#include <algorithm>
#include <utility>

namespace parley::process {

std::size_t EditDistance(std::string_view a, std::string_view b) {
  // The last three rows of the usual table; `now[j]` is the distance between the first i of `a` and
  // the first j of `b`.
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) now[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before.swap(last);
    last.swap(now);
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) now[j] = std::min(now[j], before[j - 2] + 1);
    }
  }
  return now[b.size()];
}

std::string Nearest(std::string_view wanted, const std::vector<std::string>& names) {
  const auto rank = [&](const std::string& name) {
    return std::pair(!name.starts_with(wanted), EditDistance(wanted, name));
  };
  const auto nearest = std::ranges::min_element(names, {}, rank);
  return nearest == names.end() ? std::string() : *nearest;
}

}  // namespace parley::process
