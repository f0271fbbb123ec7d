#pragma once

#include <chrono>
#include <cstddef>

#include "services/router/dedupe/dedupe.h"
#include "services/router/tail/tail.h"

namespace parley::router {

struct HistoryConfig {
  // A scan goes on to a place this far ahead rather than starting anew there.
  Offset skip_max = 10'000;
  std::chrono::milliseconds retry_interval{200};
  // A pass that nobody wants any more is kept so long for the next page of a reader.
  std::chrono::milliseconds idle_max{10'000};
  // How long the visible end waits for a look-back that reads nothing, before a marked record
  // counts as a first. While Kafka is away nothing else could be shown either.
  std::chrono::milliseconds look_back_deadline{30'000};
  std::size_t look_back_prints_max = 10'000;
};

struct ReadConfig {
  std::size_t page_records_max = 1000;
  std::size_t page_bytes_max = 256 * 1024;
  std::size_t waiting_max = 1024;  // Per partition; more are answered BUSY.
  std::chrono::milliseconds deadline{4000};
  // A backward read looks this far back for a channel's messages, in steps that grow; the gateway
  // asks on from there.
  Offset backward_step = 2000;
  Offset backward_distance_max = 200'000;
};

struct EffectsConfig {
  std::size_t in_flight_max = 256;
  std::size_t waiting_max = 4096;
  std::chrono::milliseconds commit_interval{1000};
  std::chrono::milliseconds retry_interval{200};
};

struct EndWatchConfig {
  // Between two looks at where a log ends that should reach further.
  std::chrono::milliseconds look_interval{500};
};

struct LinkConfig {
  std::size_t deliver_bytes_max = 256 * 1024;
  std::chrono::milliseconds deliver_interval{1000};
  std::chrono::milliseconds pulse_interval{250};
  std::chrono::milliseconds claim_interval{5000};
  // Beyond these the link is cut: no gateway of ours comes near.
  std::size_t channels_max = 1'000'000;  // Of one partition.
  std::size_t control_frames_max = 100'000;
  std::size_t reads_max = 256;        // Unanswered; more are answered BUSY.
  std::size_t history_pages_max = 8;  // Partitions that are fed from history at a time.
};

// The limits of the router's core.
struct CoreConfig {
  TailConfig tail;
  DedupeConfig dedupe;
  HistoryConfig history;
  ReadConfig read;
  EffectsConfig effects;
  EndWatchConfig end_watch;
  LinkConfig link;
  // A partition that nobody needs any more is read on for this long.
  std::chrono::milliseconds linger{30'000};
  // Records that wait behind a look-back, per partition; beyond it reading stops until they are
  // through.
  std::size_t waiting_bytes_max = 16 * 1024 * 1024;
};

}  // namespace parley::router
