#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <prometheus/registry.h>

#include "services/common/kafka/consumer.h"
#include "services/common/log.h"
#include "services/router/log/batch_gate.h"
#include "services/router/ports.h"
#include "services/router/tail/record_batch.h"

namespace parley::router {

struct TailReaderConfig {
  std::size_t poll_records_max = 2000;
  std::size_t batch_bytes_max = 256 * 1024;
  std::size_t batches_in_flight_max = 64;
};

// What the tail reader tells, on its own thread.
class TailReaderListener {
 public:
  virtual ~TailReaderListener() = default;
  // It has entered the gate; whoever has dealt with it leaves.
  virtual void OnTailBatch(RequestId reading, BatchPtr batch) = 0;
  // The place is not in the log; nothing more comes of this reading.
  virtual void OnOutOfRange(Partition partition, RequestId reading, Offset offset) = 0;
  virtual void OnTailLag(std::vector<std::pair<Partition, std::int64_t>> lag) = 0;
};

// Tails the partitions that it is told to, from explicit offsets, and parses what it reads. Its
// thread runs from construction to destruction.
class TailReader final {
 public:
  // Throws std::runtime_error only for a bad configuration.
  TailReader(const kafka::ClientConfig& client, const TailReaderConfig& config,
             const BatchConfig& batches, BatchGate& gate, const Logger& logger,
             prometheus::Registry& registry, TailReaderListener& listener);
  ~TailReader();

  // Thread-safe. Starting anew replaces the reading before.
  void Start(Partition partition, RequestId reading, Offset from);
  void Stop(Partition partition);

 private:
  struct Command {
    Partition partition;
    RequestId reading;
    std::optional<Offset> from;  // None: stop.
  };
  struct Reading {
    RequestId id;
    BatchBuilder builder;
  };

  void Push(Command command);
  void Run(const std::stop_token& stop);
  void Obey();
  bool Take(const kafka::Message& message, const std::stop_token& stop);
  // False when it was stopped while it waited at the gate.
  bool Hand(Reading& reading, Offset through, const std::stop_token& stop);
  void TellLag();

  const TailReaderConfig config_;
  const BatchConfig batches_;
  const Logger logger_;
  TailReaderListener& listener_;
  BatchGate& gate_;

  // Of the thread.
  kafka::Consumer consumer_;
  std::map<Partition, Reading> readings_;
  std::chrono::steady_clock::time_point lag_told_;

  std::mutex mutex_;
  std::vector<Command> commands_;  // Guarded by mutex_.

  // The last member: runs `Run`.
  std::jthread thread_;
};

}  // namespace parley::router
