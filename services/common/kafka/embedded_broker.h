#pragma once

#include <cstddef>
#include <cstdint>
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

// A Kafka-protocol broker inside this process (librdkafka's in-process cluster), with Parley's
// topics made and a new log epoch written. It forgets everything when it is destroyed, and keeps
// the last 5 MB of a partition.
//
// What it is not, in librdkafka 2.0.2:
// - The port is the system's choice, and there is no persistence, TLS or authentication; it listens
// on loopback only.
// - The admin client's requests and look-ups by time get no answer. Other topics appear, with 4
// partitions, when a client
//   asks for them.
// - It keeps the producer's timestamps, checks no sequence numbers of idempotent producers (a
// produce request that is
//   repeated after a broken connection is stored twice), and does not bound the size of a record.
// - The first join of a group takes 3 s; a member that dies is noticed by its session timeout only.
// - An empty fetch is answered only after the whole wait: set ClientConfig::embedded.
// - It is one thread: a delay holds every answer of a broker, and a lever or its end may take 1 s.
class EmbeddedBroker final {
 public:
  // Throws std::runtime_error when it cannot start.
  explicit EmbeddedBroker(const EmbeddedBrokerConfig& config);
  ~EmbeddedBroker();

  const std::string& address() const;  // host:port, for any Kafka client on this machine.

  // Levers for tests. Thread-safe.
  enum class Fault {
    kDisconnect,         // The connection breaks instead of an answer.
    kOutOfOrder,         // Turns an idempotent producer fatal.
    kNotEnoughReplicas,  // The client tries again.
    kTimedOut,           // As if it might be stored. Later requests are stored, which a real broker
                         // does where it does not know the producer.
    kTooLarge,           // Definitely not stored.
  };
  void SetDown(bool down);  // All brokers refuse connections.
  void DelayAnswers(int round_trip_ms);
  void FailProduces(Fault fault,
                    std::size_t count);     // The next `count` produce requests; nothing is stored.
  void PutOffProducers(std::size_t count);  // The next `count` that ask for their id are to ask
                                            // again, as while a broker starts.

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::kafka
