#pragma once

#include <functional>

#include "services/common/clock.h"
#include "services/common/kafka/producer.h"

namespace parley::gateway {

// Where publishes go: Kafka in production, a fake in tests. Lives on one session loop.
class LogWriter {
 public:
  // Runs on the session loop, never inside `Append`.
  using Done = std::function<void(const kafka::Delivery&, TimePoint now)>;

  virtual ~LogWriter() = default;
  // `done` runs once if the record was accepted, and never otherwise.
  [[nodiscard]] virtual kafka::Accepted Append(kafka::OutgoingRecord record, Done done) = 0;
};

}  // namespace parley::gateway
