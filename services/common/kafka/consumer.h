#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <prometheus/registry.h>

#include "services/common/clock.h"
#include "services/common/kafka/client_config.h"
#include "services/common/kafka/conf.h"
#include "services/common/kafka/handle.h"
#include "services/common/kafka/message.h"
#include "services/common/log.h"

namespace parley::kafka {

// Places to start a partition at, besides an offset.
inline constexpr Offset kLogBegin = RD_KAFKA_OFFSET_BEGINNING;
inline constexpr Offset kLogEnd = RD_KAFKA_OFFSET_END;

struct ConsumerConfig {
  ClientKind kind = ClientKind::kReader;  // kPresence is told of the ends of partitions.
  std::string name = "reader";            // The label of its metrics.
  std::string topic = kChattingTopic;
};

// The offsets that a partition holds: low <= offset < high.
struct Watermarks {
  Offset low = 0;
  Offset high = 0;
};

// Reads partitions of one topic from explicit offsets; no group, and it never jumps: an offset that
// is not in the log is reported (Message::Kind::kOutOfRange).
//
// One thread at a time uses it, but for `Wake`. Messages must be gone before it is.
class Consumer final {
 public:
  // Starts to connect; throws std::runtime_error only for a bad configuration.
  Consumer(const ClientConfig& client, const ConsumerConfig& config, const Logger& logger,
           prometheus::Registry& registry);
  ~Consumer();

  // Reads the partition from `offset` on, also when it is being read from elsewhere: messages of
  // the earlier start no longer come out. Returns what went wrong, or nothing.
  [[nodiscard]] std::optional<std::string> Start(Partition partition, Offset offset);
  void Stop(Partition partition);

  // Up to `messages_max`, in order within a partition. Returns as soon as there is anything, at the
  // latest after `timeout`. Call it regularly: statistics and errors of the client come on its
  // thread.
  [[nodiscard]] std::vector<Message> Poll(std::size_t messages_max, Duration timeout);
  // Ends a `Poll` that waits, or the next one. Thread-safe.
  void Wake();

  // Ask the brokers; nothing when there is no answer in time. They block the thread for that long.
  [[nodiscard]] std::optional<Partition> CountPartitions(Duration timeout);
  [[nodiscard]] std::optional<Watermarks> QueryWatermarks(Partition partition, Duration timeout);
  // Where partitions 0, 1, … end, in one question: while partitions are read, each question to
  // their broker waits behind a fetch.
  [[nodiscard]] std::optional<std::vector<Offset>> QueryEnds(Partition partitions,
                                                             Duration timeout);
  // The first offset that was appended at or after the time; the end when there is none. The
  // embedded broker cannot look by time: there it is the low watermark.
  [[nodiscard]] std::optional<Offset> QueryOffsetAt(Partition partition, std::int64_t time_ms,
                                                    Duration timeout);

  // Where a partition that is being read ended when its last fetch was answered; 0 when that is not
  // known yet. Asks nobody.
  [[nodiscard]] Offset LastKnownEnd(Partition partition) const;

 private:
  // The first offset at or after a time; -1 when there is none. Or where the log begins or ends.
  std::optional<Offset> Ask(Partition partition, std::int64_t time_or_end, Duration timeout);

  const ConsumerConfig config_;
  const bool embedded_;
  ClientMetrics metrics_;
  ClientCallbacks callbacks_;
  std::set<Partition> started_;
  std::vector<rd_kafka_message_t*> batch_;

  // In the order in which they need one another.
  ClientPtr client_;
  TopicPtr topic_;
  QueuePtr queue_;
};

}  // namespace parley::kafka
