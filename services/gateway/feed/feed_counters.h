#pragma once

#include <cstdint>

namespace parley::gateway {

// What has happened in the feed since it was made. The shell copies it into metrics.
struct FeedCounters {
  std::uint64_t holes = 0;      // A router skipped something; it was asked for again.
  std::uint64_t malformed = 0;  // Frames that contradict themselves; treated like holes.
  std::uint64_t stale = 0;      // Frames of a serve that is over; dropped.
  std::uint64_t repeated = 0;   // Records that had been handed on already; dropped.
  std::uint64_t serves = 0;     // `Serve`s sent.
  std::uint64_t moves = 0;      // Of these, to another router than before.
  std::uint64_t serves_unanswered = 0;
  std::uint64_t losses = 0;            // Stretches that retention took.
  std::uint64_t new_logs = 0;          // The log was re-created.
  std::uint64_t messages = 0;          // Messages handed on.
  std::uint64_t attaches_failed = 0;   // At the deadline.
  std::uint64_t attaches_refused = 0;  // At the limit of channels.
  std::uint64_t links_refused = 0;
  std::uint64_t pages_from_memory = 0;
  std::uint64_t pages_from_routers = 0;
  std::uint64_t pages_busy = 0;      // At the deadline or at the limit of reads.
  std::uint64_t recent_evicted = 0;  // Recent messages given up for the limit of bytes.
};

}  // namespace parley::gateway
