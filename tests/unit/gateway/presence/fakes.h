#pragma once

#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "services/common/clock.h"
#include "services/common/connection_event.h"
#include "services/gateway/presence/event_log.h"

namespace parley::gateway {

// A clock that stands still until it is moved.
class StoppedClock final : public Clock {
 public:
  TimePoint Now() const override { return now_; }
  std::chrono::microseconds SinceUnixEpoch() const override {
    return std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch());
  }
  void Advance(Duration by) { now_ += by; }

 private:
  TimePoint now_{std::chrono::hours(1)};
};

// A log in memory. Levers: refuse records, and choose what becomes of those that are accepted.
class FakeEventLog final : public EventLog {
 public:
  kafka::Accepted Append(kafka::OutgoingRecord record, kafka::Producer::Done done) override {
    if (refuse_) return kafka::Accepted::kQueueFull;
    in_flight_.push_back({std::move(record), std::move(done)});
    return kafka::Accepted::kYes;
  }

  void Refuse(bool refuse) { refuse_ = refuse; }

  // Reports on everything in flight. What is unknown is in the log, or not.
  void Report(kafka::StoreOutcome outcome, bool in_log = true) {
    for (auto& [record, done] : std::exchange(in_flight_, {})) {
      if (outcome != kafka::StoreOutcome::kNotStored && in_log) records_.push_back(record);
      done({.outcome = outcome, .offset = -1, .reason = "made up"});
    }
  }
  void StoreAll() { Report(kafka::StoreOutcome::kStored); }

  std::size_t in_flight() const { return in_flight_.size(); }
  const std::vector<kafka::OutgoingRecord>& records() const { return records_; }
  std::vector<ConnectionEvent> Events() const {
    std::vector<ConnectionEvent> events;
    for (const auto& record : records_) {
      if (auto event = ParseConnectionEvent(record.value)) events.push_back(*std::move(event));
    }
    return events;
  }

 private:
  struct InFlight {
    kafka::OutgoingRecord record;
    kafka::Producer::Done done;
  };

  bool refuse_ = false;
  std::vector<InFlight> in_flight_;
  std::vector<kafka::OutgoingRecord> records_;
};

}  // namespace parley::gateway
