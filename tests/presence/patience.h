#pragma once

#include <chrono>
#include <functional>
#include <optional>

namespace parley::presence_test {

using std::chrono::seconds;
using std::chrono::steady_clock;

// Looks again and again until it holds. Returns how many seconds after `since` that was; nothing
// when it did not hold so long after it.
std::optional<double> SecondsUntil(const std::function<bool()>& holds, seconds within,
                                   steady_clock::time_point since = steady_clock::now());

// Looks again and again for so long. Returns for how many seconds on end it did not hold, at most.
double LongestWithout(const std::function<bool()>& holds, seconds time);

double SecondsSince(steady_clock::time_point time);

}  // namespace parley::presence_test
