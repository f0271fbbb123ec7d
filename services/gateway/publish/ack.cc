#include "services/gateway/publish/ack.h"

namespace parley::gateway {
namespace {

// Of a repetition the broker may know only that it has the first copy, and not where.
std::string PositionOf(const kafka::Delivery& delivery, const UnackedPublish& publish) {
  if (delivery.offset < 0) return {};
  return EncodeToken({publish.epoch, publish.partition, delivery.offset}, publish.channel);
}

}  // namespace

kafka::StoreOutcome Together(kafka::StoreOutcome one, kafka::StoreOutcome other) {
  return one == other ? one : kafka::StoreOutcome::kUnknown;
}

PublishOutcome OutcomeOf(const kafka::Delivery& delivery, const UnackedPublish& publish) {
  switch (delivery.outcome) {
    case kafka::StoreOutcome::kStored:
      return Ack{publish.channel, publish.id, PositionOf(delivery, publish)};
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
