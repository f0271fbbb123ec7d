#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "services/gateway/publish/log_writer.h"

namespace parley::gateway {

// Kafka as publishers see it: takes records and reports on them when it is told to.
class FakeLogWriter final : public LogWriter {
 public:
  struct Appended {
    kafka::OutgoingRecord record;
    Done done;
  };

  kafka::Accepted Append(kafka::OutgoingRecord record, Done done) override {
    if (appended.size() >= appended_max) return kafka::Accepted::kQueueFull;
    if (accepts == kafka::Accepted::kYes) {
      appended.push_back({std::move(record), std::move(done)});
    }
    return accepts;
  }

  // Reports on the oldest record.
  void Report(const kafka::Delivery& delivery, TimePoint now = {}) {
    const Done done = std::move(appended.front().done);
    appended.pop_front();
    done(delivery, now);
  }
  void Store(Offset offset, TimePoint now = {}) {
    Report({kafka::StoreOutcome::kStored, offset, {}}, now);
  }

  kafka::Accepted accepts = kafka::Accepted::kYes;
  std::size_t appended_max = SIZE_MAX;  // Without a report; beyond it the queue is full.
  std::deque<Appended> appended;
};

}  // namespace parley::gateway
