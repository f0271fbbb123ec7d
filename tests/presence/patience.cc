#include "tests/presence/patience.h"

#include <algorithm>
#include <thread>

namespace parley::presence_test {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{20};

}  // namespace

double SecondsSince(steady_clock::time_point time) {
  return std::chrono::duration<double>(steady_clock::now() - time).count();
}

std::optional<double> SecondsUntil(const std::function<bool()>& holds, seconds within,
                                   steady_clock::time_point since) {
  while (true) {
    if (holds()) return SecondsSince(since);
    if (steady_clock::now() - since > within) return std::nullopt;
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

double LongestWithout(const std::function<bool()>& holds, seconds time) {
  const auto end = steady_clock::now() + time;
  auto held_at = steady_clock::now();
  double longest = 0;
  while (steady_clock::now() < end) {
    const bool held = holds();
    if (!held) longest = std::max(longest, SecondsSince(held_at));
    if (held) held_at = steady_clock::now();
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return longest;
}

}  // namespace parley::presence_test
