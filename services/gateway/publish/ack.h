#pragma once

#include <string>
#include <variant>

#include "services/common/ids.h"
#include "services/common/kafka/producer.h"
#include "services/common/position.h"
#include "services/gateway/publish/refusal.h"

namespace parley::gateway {

// The promise that a message is stored on all in-sync replicas.
struct Ack {
  ChannelName channel;
  MessageId id;
  std::string position;  // A token.
};

using PublishOutcome = std::variant<Ack, Refusal>;

// A direct message is two records, and is stored when both are.
[[nodiscard]] kafka::StoreOutcome Together(kafka::StoreOutcome one, kafka::StoreOutcome other);

// What a publish was, for as long as Kafka has not reported.
struct UnackedPublish {
  ChannelName channel;
  MessageId id;
  LogEpoch epoch = 0;
  Partition partition = 0;
};

// The only place where an ack is made: out of Kafka's delivery report and nothing else.
[[nodiscard]] PublishOutcome OutcomeOf(const kafka::Delivery& delivery,
                                       const UnackedPublish& publish);

// What the sender is told when no report came in time.
[[nodiscard]] Refusal NoReportInTime();

}  // namespace parley::gateway
