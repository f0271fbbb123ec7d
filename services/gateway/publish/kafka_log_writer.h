#pragma once

#include "services/common/kafka/producer.h"
#include "services/common/rpc/loop.h"
#include "services/gateway/publish/log_writer.h"

namespace parley::gateway {

// Kafka's producer for one session loop: carries each report back to the loop. All references
// outlive it; the producer ends before the loop does.
class KafkaLogWriter final : public LogWriter {
 public:
  KafkaLogWriter(kafka::Producer& producer, rpc::Loop& loop, const Clock& clock)
      : producer_(producer), loop_(loop), clock_(clock) {}

  kafka::Accepted Append(kafka::OutgoingRecord record, Done done) override;

 private:
  kafka::Producer& producer_;
  rpc::Loop& loop_;
  const Clock& clock_;
};

}  // namespace parley::gateway
