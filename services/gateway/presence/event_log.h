#pragma once

#include <utility>

#include "services/common/kafka/producer.h"

namespace parley::gateway {

// Where the announcer's records go: Kafka, or a fake in tests.
class EventLog {
 public:
  virtual ~EventLog() = default;
  // Never blocks. `done` runs once for an accepted record, on another thread, never inside
  // `Append`.
  [[nodiscard]] virtual kafka::Accepted Append(kafka::OutgoingRecord record,
                                               kafka::Producer::Done done) = 0;
};

// The producer outlives it.
class KafkaEventLog final : public EventLog {
 public:
  explicit KafkaEventLog(kafka::Producer& producer) : producer_(producer) {}

  kafka::Accepted Append(kafka::OutgoingRecord record, kafka::Producer::Done done) override {
    return producer_.Produce(std::move(record), std::move(done));
  }

 private:
  kafka::Producer& producer_;
};

}  // namespace parley::gateway
