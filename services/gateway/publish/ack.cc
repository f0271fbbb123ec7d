#include "services/gateway/publish/ack.h"

namespace parley::gateway {

kafka::StoreOutcome Together(kafka::StoreOutcome one, kafka::StoreOutcome other) {
  return one == other ? one : kafka::StoreOutcome::kUnknown;
}

PublishOutcome OutcomeOf(const kafka::Delivery& delivery, const UnackedPublish& publish) {
  switch (delivery.outcome) {
    case kafka::StoreOutcome::kStored:
      return Ack{publish.channel, publish.id,
                 EncodeToken({publish.epoch, publish.partition, delivery.offset}, publish.channel)};
    case kafka::StoreOutcome::kNotStored:
      return Refusal{edge::v1::ERROR_UNAVAILABLE, "Kafka did not store the message; try again"};
    case kafka::StoreOutcome::kUnknown:
      break;
  }
  return NoReportInTime();
}

Refusal NoReportInTime() {
  return {edge::v1::ERROR_OUTCOME_UNKNOWN,
          "the message may or may not be stored; repeat it under the same id, marked retry"};
}

}  // namespace parley::gateway
