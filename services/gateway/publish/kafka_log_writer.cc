#include "services/gateway/publish/kafka_log_writer.h"

#include <utility>

namespace parley::gateway {

kafka::Accepted KafkaLogWriter::Append(kafka::OutgoingRecord record, Done done) {
  return producer_.Produce(
      std::move(record),
      [&loop = loop_, &clock = clock_, done = std::move(done)](const kafka::Delivery& delivery) {
        loop.Post([&clock, done, delivery] { done(delivery, clock.Now()); });
      });
}

}  // namespace parley::gateway
