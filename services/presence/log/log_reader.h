#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <prometheus/registry.h>

#include "services/common/clock.h"
#include "services/common/connection_event.h"
#include "services/common/kafka/client_config.h"
#include "services/common/kafka/consumer.h"
#include "services/common/log.h"
#include "services/common/rpc/loop.h"
#include "services/presence/log/log_progress.h"

namespace parley::presence {

// Why the log is not followed.
struct LogLoss {
  std::string reason;
  bool logged = false;  // By the watch of Kafka's connections, which says it once for all clients.
};

// What hears the log. All on the reader's loop, in the order of the log.
class LogListener {
 public:
  virtual ~LogListener() = default;
  // `unreadable` records between them were no events.
  virtual void OnEvents(const std::vector<ConnectionEvent>& events, std::size_t unreadable) = 0;
  // What follows is the log from its beginning, as `ReadAll` asked.
  virtual void OnStartAgain() = 0;
  // All that the log held at this time has been handed on. Comes again and again while it is so.
  virtual void OnFollowing(TimePoint read_through) = 0;
  // Kafka does not answer, or the reading lags.
  virtual void OnLost(const LogLoss& loss) = 0;
};

struct LogReaderConfig {
  bool from_beginning = true;
  // Otherwise from so long ago: several heartbeats of every gateway, also when clocks differ.
  std::chrono::seconds tail{30};
  std::size_t batch_max = 1000;  // Records.
  std::size_t batches_in_flight_max =
      8;  // Posted to the loop and not yet applied; then reading waits.
  Duration check_interval = std::chrono::milliseconds(500);
  Duration lag_max = std::chrono::seconds(5);
  Duration answer_timeout = std::chrono::seconds(1);
};

// Reads all partitions of `user-connections`, with no group. It asks again and again where the log
// ends, and says up to when it has read: only that tells a server that is silent from a log
// that is not read.
//
// Runs a thread of its own from construction to destruction; the listener is not called after the
// loop is stopped.
class LogReader {
 public:
  // Throws std::runtime_error for a bad Kafka configuration.
  LogReader(const kafka::ClientConfig& kafka, LogReaderConfig config, const Clock& clock,
            rpc::Loop& loop, LogListener& listener, const Logger& logger,
            prometheus::Registry& registry);
  ~LogReader();

  // Reads every partition again, from its beginning. Any thread.
  void ReadAll() { read_all_ = true; }

 private:
  // Counts the batches between the thread and the loop; a task can outlive the reader.
  struct InFlight;

  void Work(const std::stop_token& stop);
  bool Begin();
  std::optional<Offset> PlaceToBegin(Partition partition);
  bool Again();
  // What keeps the clients from Kafka, or else `reason`.
  LogLoss NoAnswer(std::string reason) const;
  void Read(const std::stop_token& stop);
  bool Take(const std::vector<kafka::Message>& messages, const std::stop_token& stop);
  void HandOn(std::vector<ConnectionEvent> events, std::size_t unreadable,
              const std::stop_token& stop);
  void LookForEnd();
  bool AskForEnds();
  void Confirm();
  void Lose(const LogLoss& loss);

  const LogReaderConfig config_;
  const kafka::ClientConfig kafka_;
  const kafka::ConsumerConfig consumer_config_;
  const Clock& clock_;
  rpc::Loop& loop_;
  LogListener& listener_;
  const Logger& logger_;
  prometheus::Registry& registry_;

  std::atomic<bool> read_all_ = false;

  // The thread's own.
  bool all_;  // It reads from the beginning.
  std::optional<kafka::Consumer> consumer_;
  std::optional<LogProgress> progress_;
  std::optional<TimePoint> asked_at_;  // For where the log ends; nothing once all of that was read.
  TimePoint looked_at_;
  std::string lost_reason_;  // What the listener was told last, if it was not following since.
  std::shared_ptr<InFlight> in_flight_;

  // Last: ends before what it uses.
  std::jthread thread_;
};

}  // namespace parley::presence
