#pragma once

#include <memory>
#include <string>

#include "services/common/ids.h"
#include "services/common/position.h"

namespace parley::kafka {

struct EmbeddedBrokerConfig {
  int brokers = 1;
  Partition chatting_partitions = 8;
  std::int64_t dedupe_window_ms = 5 * 60 * 1000;
};

// A Kafka-protocol broker inside this process (librdkafka's in-process cluster), with Parley's topics made and a new log
// epoch written. It forgets everything when it is destroyed, and keeps the last 5 MB of a partition.
class EmbeddedBroker {
 public:
  explicit EmbeddedBroker(const EmbeddedBrokerConfig& config);
  ~EmbeddedBroker();

  const std::string& address() const;  // host:port, for any Kafka client on this machine.

  // Levers for tests.
  void SetDown(bool down);                      // All brokers refuse connections.
  void DelayAnswers(int round_trip_ms);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::kafka
