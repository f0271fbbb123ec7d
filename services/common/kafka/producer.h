#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <prometheus/registry.h>

#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/common/kafka/client_config.h"
#include "services/common/log.h"

namespace parley::kafka {

struct OutgoingRecord {
  std::string topic;
  Partition partition = 0;
  std::string key;
  std::string value;
  std::vector<std::pair<std::string, std::string>> headers;
};

// What became of a record. Unknown: it may be in the log.
enum class StoreOutcome { kStored, kNotStored, kUnknown };

struct Delivery {
  StoreOutcome outcome = StoreOutcome::kUnknown;
  Offset offset = -1;  // When stored.
  std::string reason;  // When not stored: for people.
};

enum class Accepted { kYes, kQueueFull, kStopping };

// The idempotent acks=all producer. Never blocks. `done` runs once for each accepted record, on the
// producer's own thread, in the order of the log within a partition.
//
// When librdkafka's producer turns fatal, a new one takes its place and repeats what was unacked,
// in order. What is repeated carries the retry header (kRetryHeader), since the first copy may be
// in the log.
class Producer final {
 public:
  using Done = std::function<void(const Delivery&)>;

  // `topics` are opened at once, so that the first record to each is not late. Throws
  // std::runtime_error only for a bad configuration.
  Producer(const ClientConfig& config, const std::vector<std::string>& topics, const Logger& logger,
           prometheus::Registry& registry);
  // Flushes for a moment; what is left then is reported as not stored where it was never sent, else
  // as unknown.
  ~Producer();

  // Thread-safe.
  [[nodiscard]] Accepted Produce(OutgoingRecord record, Done done);

  // One of its topics was made again: learns at once of its new partitions, which would otherwise
  // take half a minute. Until then records to them are not stored. Thread-safe; does not block.
  void Refresh();

  // Waits until all is reported or the time is over. True when all was. Thread-safe, but not from
  // `done`.
  bool Flush(Duration timeout);

  // True while at least one broker connection is up. Thread-safe.
  bool connected() const;

 private:
  struct State;
  std::unique_ptr<State> state_;

  // Polls for delivery reports. The last member.
  std::thread thread_;
};

}  // namespace parley::kafka
