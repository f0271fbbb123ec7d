#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include <prometheus/registry.h>

#include "services/common/clock.h"
#include "services/common/kafka/consumer.h"
#include "services/common/log.h"
#include "services/router/ports.h"
#include "services/router/tail/record_batch.h"

namespace parley::router {

struct HistoryReaderConfig {
  std::size_t chunk_records_max = 4000;
  std::size_t chunk_bytes_max = 1024 * 1024;
  // How far before the end a tail begins: the stretch that decides about unmarked copies
  // (DedupeConfig::late_ms), and as much again for gateways whose cursors lag.
  std::chrono::milliseconds look_back{30'000};
  std::chrono::milliseconds answer_timeout{1000};
  // How long a chunk may bring nothing before it fails.
  std::chrono::milliseconds silence_max{2000};
  std::chrono::milliseconds retry_interval{200};
};

// Where a tail is to begin.
struct TailStart {
  Partition partition = 0;
  RequestId reading = 0;
  std::optional<Offset> at;  // None: a look-back before the end.
};

// What the history reader tells, on its own thread.
class HistoryReaderListener {
 public:
  virtual ~HistoryReaderListener() = default;
  virtual void OnTailStart(const ReadingStart& start) = 0;
  virtual void OnChunk(HistoryChunk chunk) = 0;
  virtual void OnLogBounds(Partition partition, std::optional<LogBounds> bounds) = 0;
};

// Reads the past, and looks up in the log where a tail begins and what the log's bounds are: all
// that waits for an answer of a broker, so that the tail never does. One request after the other.
// Its thread runs from construction to destruction.
class HistoryReader final {
 public:
  // Throws std::runtime_error only for a bad configuration.
  HistoryReader(const kafka::ClientConfig& client, const HistoryReaderConfig& config,
                const BatchConfig& batches, const Clock& clock, const Logger& logger,
                prometheus::Registry& registry, HistoryReaderListener& listener);
  ~HistoryReader();

  // Thread-safe. A tail's start is tried until it is known or replaced by a later one of the
  // partition.
  void FindStart(const TailStart& start);
  void ForgetStart(Partition partition);
  void Read(const HistoryRequest& request);
  void FindBounds(Partition partition);

 private:
  using Job = std::variant<TailStart, HistoryRequest, Partition>;

  void Push(Job job);
  std::optional<Job> Next(const std::stop_token& stop);
  void Run(const std::stop_token& stop);
  void Do(const TailStart& start);
  void Do(const HistoryRequest& request);
  void Do(Partition partition);

  std::optional<Offset> LookBack(const HistoryRequest& request, Offset from, HistoryChunk& chunk);
  std::optional<std::int64_t> TimeAt(Partition partition, Offset offset);
  // Nothing when Kafka was silent for too long.
  BatchPtr ReadChunk(Partition partition, Offset from, Offset through, Offset end);
  std::vector<kafka::Message> PollAt(Partition partition, Offset from);
  void StopReading();

  const HistoryReaderConfig config_;
  const BatchConfig batches_;
  const Clock& clock_;
  const Logger logger_;
  HistoryReaderListener& listener_;

  // Of the thread. One partition at a time is started, where the last chunk ended.
  kafka::Consumer consumer_;
  std::optional<Partition> started_;
  Offset position_ = 0;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Job> jobs_;  // Guarded by mutex_.
  std::stop_token stop_;  // Of the thread, for its waits.

  // The last member: runs `Run`.
  std::jthread thread_;
};

}  // namespace parley::router
