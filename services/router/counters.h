#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace parley::router {

// What the core has counted since it was made. The shell carries it to Prometheus.
struct RouterCounters {
  std::uint64_t records = 0;     // Read at tails.
  std::uint64_t duplicates = 0;  // Left out of tails.
  std::uint64_t skipped = 0;     // Tombstones.
  std::uint64_t delivered_from_tail = 0;
  std::uint64_t delivered_from_history = 0;
  std::uint64_t losses = 0;  // `Lost` told.
  std::uint64_t reads = 0;
  std::uint64_t reads_busy = 0;
  std::uint64_t look_backs = 0;
  std::uint64_t look_backs_given_up = 0;
  std::uint64_t history_failures = 0;
  std::uint64_t readings_interrupted = 0;  // Stopped because too much waited for a look-back.
  std::uint64_t forwarded = 0;
  std::map<std::string, std::uint64_t> dead_letters;  // By reason.
  std::uint64_t effects_repeated = 0;  // Dead letters and forwardings that Kafka refused at first.
  std::uint64_t logs_recreated = 0;    // Partitions that end before a place that they once reached.
  std::uint64_t links_cut = 0;
  std::uint64_t frames_refused = 0;
};

}  // namespace parley::router
