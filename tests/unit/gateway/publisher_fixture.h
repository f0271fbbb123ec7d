#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include "services/gateway/publish/publisher.h"
#include "tests/fakes/gateway/fake_log_writer.h"

namespace parley::gateway {

inline const LogInfo kLog{1000, 8, 300'000};

inline Draft DraftOf(const std::string& channel, const std::string& id) {
  Draft draft;
  draft.message.channel = ChannelName(channel);
  draft.message.id = MessageId(id);
  draft.message.sender = UserId("ann");
  draft.message.content = "hello";
  draft.message.accepted_at_us = 77;
  return draft;
}

class PublisherTest : public testing::Test {
 protected:
  PublisherTest() { publisher.SetLog(kLog); }

  // Where the outcome of this publish will be.
  std::shared_ptr<std::optional<PublishOutcome>> Publish(Draft draft, TimePoint now = {}) {
    auto outcome = std::make_shared<std::optional<PublishOutcome>>();
    publisher.Publish(std::move(draft), now, [outcome](const PublishOutcome& result) {
      EXPECT_FALSE(*outcome) << "told twice";
      *outcome = result;
    });
    return outcome;
  }

  static edge::v1::ErrorCode CodeOf(const std::optional<PublishOutcome>& outcome) {
    return outcome ? std::get<Refusal>(*outcome).code : edge::v1::ERROR_UNSPECIFIED;
  }

  prometheus::Registry registry;
  PublishMetrics metrics{registry};
  FakeLogWriter log_writer;
  UuidSource uuids{1};
  Publisher publisher{
      {.in_flight_max = 3, .deadline = std::chrono::seconds(5)}, log_writer, uuids, metrics};
};

}  // namespace parley::gateway
