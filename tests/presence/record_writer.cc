#include "tests/presence/record_writer.h"

#include <future>
#include <utility>

#include "services/common/position.h"
#include "services/gateway/presence/announcer.h"

namespace parley::presence_test {

RecordWriter::RecordWriter(const kafka::ClientConfig& kafka, const Logger& logger)
    : producer_(kafka, {kafka::kUserConnectionsTopic}, logger, *metrics_) {}

bool RecordWriter::Write(const ConnectionEvent& event) {
  kafka::OutgoingRecord record;
  record.topic = kafka::kUserConnectionsTopic;
  record.partition =
      PartitionOf(ChannelName(event.server.value()), gateway::AnnouncerConfig().partitions);
  record.key = event.server.value();
  record.value = ToJson(event);
  std::promise<kafka::StoreOutcome> stored;
  const auto accepted = producer_.Produce(std::move(record), [&](const kafka::Delivery& delivery) {
    stored.set_value(delivery.outcome);
  });
  return accepted == kafka::Accepted::kYes &&
         stored.get_future().get() == kafka::StoreOutcome::kStored;
}

}  // namespace parley::presence_test
