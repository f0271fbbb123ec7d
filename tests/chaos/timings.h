#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/chaos/crowd.h"
#include "tests/chaos/fault.h"

namespace parley::chaos {

// What the clients' logs tell of times. In seconds.

// Median and worst of some values; none: both 0.
struct Spread {
  std::size_t count = 0;
  double median = 0;
  double worst = 0;
};
[[nodiscard]] Spread SpreadOf(std::vector<double> values);

// From a publish to its arrival at each receiver that read from one gateway all the while.
struct Latency {
  std::size_t deliveries = 0;
  double median = 0;
  double p99 = 0;
};
// Of what was published from `begin_us` on and before `end_us`.
[[nodiscard]] Latency LatencyBetween(const std::vector<Crowd::Record>& records,
                                     std::int64_t begin_us, std::int64_t end_us);

// By kind of fault: for each fault the longest time without a delivery at any receiver that read
// from one gateway all the time, to which nothing was done. Faults overlap, so another that went on
// meanwhile may be the cause; where that was one of a broker, which is felt by all, the fault is
// left out.
[[nodiscard]] std::map<FaultKind, Spread> Silences(const std::vector<Crowd::Record>& records,
                                                   const std::vector<Fault>& faults);

struct ClientSilence {
  std::string user;
  double seconds = 0;
};
// The longest time without a delivery at any client, whatever was done to its gateway.
[[nodiscard]] ClientSilence LongestSilenceOfAll(const std::vector<Crowd::Record>& records,
                                                std::int64_t begin_us, std::int64_t end_us);

// From kill -9 of a gateway until a client of it was resumed in all its channels, elsewhere.
[[nodiscard]] Spread ResumesAfterGatewayKill(const std::vector<Crowd::Record>& records,
                                             const std::vector<Fault>& faults);

}  // namespace parley::chaos
