#pragma once

#include <cstddef>
#include <cstdint>

#include "services/common/clock.h"
#include "services/common/kafka/handle.h"
#include "services/common/kafka/producer.h"

namespace parley::kafka {

// A record that the producer has accepted and not reported yet. librdkafka points at its value and
// carries its address as the message's opaque, so it stays where it is until the delivery report.
struct PendingRecord {
  std::uint64_t sequence = 0;  // In the order of acceptance.
  TimePoint accepted_at;
  OutgoingRecord record;
  Producer::Done done;
  bool maybe_stored = false;  // By an earlier producer, which turned fatal.

  std::size_t bytes() const { return record.key.size() + record.value.size(); }
};

// Hands the record to librdkafka, without a copy of the value. Its errors are librdkafka's.
[[nodiscard]] rd_kafka_resp_err_t Send(rd_kafka_t* client, rd_kafka_topic_t* topic,
                                       PendingRecord& pending);

// What the report of a record means for the one who produced it.
[[nodiscard]] Delivery ToDelivery(const rd_kafka_message_t& report, const PendingRecord& pending);

// Marks a record that is sent once more, unless it is marked.
void MarkRepeated(OutgoingRecord& record);

}  // namespace parley::kafka
