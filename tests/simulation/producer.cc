#include "tests/simulation/producer.h"

#include <algorithm>

#include "services/common/kafka/client_config.h"

namespace parley::simulation {
namespace {

using kafka::StoreOutcome;
using std::chrono::milliseconds;

constexpr milliseconds kMessageTimeout{10'000};
constexpr milliseconds kRequestTimeout{5'000};
constexpr std::size_t kBatchMax = 20;

}  // namespace

Producer::Producer(Scheduler& scheduler, Dice& dice, Broker& broker, Process& process)
    : scheduler_(scheduler), dice_(dice), broker_(broker), process_(process) {}

Producer::~Producer() {
  for (auto& [key, queue] : queues_) {
    if (!queue.busy || !broker_.Up(key.second) || dice_.Chance(0.5)) continue;
    const std::size_t count = std::min(queue.pending.size(), dice_.Below(kBatchMax));
    for (std::size_t i = 0; i < count; ++i) {
      if (!TimedOut(queue.pending[i])) Store(key, queue.pending[i]);
    }
  }
}

kafka::Accepted Producer::Append(kafka::OutgoingRecord record, gateway::LogWriter::Done done) {
  Accept(std::move(record), [this, done = std::move(done)](const kafka::Delivery& delivery) {
    done(delivery, scheduler_.Now());
  });
  return kafka::Accepted::kYes;
}

kafka::Accepted Producer::Append(kafka::OutgoingRecord record, kafka::Producer::Done done) {
  Accept(std::move(record), std::move(done));
  return kafka::Accepted::kYes;
}

void Producer::Accept(kafka::OutgoingRecord record, kafka::Producer::Done done) {
  const QueueKey key{record.topic, record.partition};
  queues_[key].pending.push_back({std::move(record), scheduler_.Now(), false, -1, std::move(done)});
  Pump(key);
}

void Producer::Pump(const QueueKey& key) {
  Queue& queue = queues_[key];
  if (queue.busy || queue.pending.empty()) return;
  queue.busy = true;
  process_.After(dice_.Between(milliseconds(1), milliseconds(5)), [this, key] { Arrive(key); });
}

void Producer::Arrive(const QueueKey& key) {
  Queue& queue = queues_[key];
  ReportTimedOut(queue);
  const std::size_t count = std::min(queue.pending.size(), kBatchMax);
  const bool up = key.first == kafka::kChattingTopic ? broker_.Up(key.second) : broker_.EventsUp();
  if (!up) {
    // Some requests were on their way when the leader went.
    if (dice_.Chance(0.2)) {
      for (std::size_t i = 0; i < count; ++i) queue.pending[i].sent = true;
    }
    RetryLater(key);
    return;
  }
  for (std::size_t i = 0; i < count; ++i) Store(key, queue.pending[i]);
  if (broker_.LosesThisAck()) {
    process_.After(dice_.Between(milliseconds(100), kRequestTimeout), [this, key] { Arrive(key); });
    return;
  }
  process_.After(dice_.Between(Duration::zero(), milliseconds(4)),
                 [this, key, count] { Acknowledge(key, count); });
}

void Producer::RetryLater(const QueueKey& key) {
  process_.After(dice_.Between(milliseconds(50), milliseconds(250)), [this, key] { Arrive(key); });
}

void Producer::Acknowledge(const QueueKey& key, std::size_t count) {
  Queue& queue = queues_[key];
  for (std::size_t i = 0; i < count; ++i) {
    const Pending pending = std::move(queue.pending.front());
    queue.pending.pop_front();
    pending.done({StoreOutcome::kStored, pending.offset, {}});
  }
  queue.busy = false;
  Pump(key);
}

// A repeated request changes nothing: the broker knows its sequence number.
void Producer::Store(const QueueKey& key, Pending& pending) {
  pending.sent = true;
  if (pending.offset >= 0) return;
  if (key.first == kafka::kChattingTopic) {
    router::FakeTopic::Record record;
    record.key = pending.record.key;
    record.value = pending.record.value;
    record.headers = pending.record.headers;
    pending.offset = broker_.Append(key.second, std::move(record));
  } else {
    broker_.AppendEvent(pending.record.value);
    pending.offset = 0;
  }
}

bool Producer::TimedOut(const Pending& pending) const {
  return scheduler_.Now() - pending.accepted_at > kMessageTimeout;
}

void Producer::ReportTimedOut(Queue& queue) {
  while (!queue.pending.empty() && TimedOut(queue.pending.front())) {
    const Pending pending = std::move(queue.pending.front());
    queue.pending.pop_front();
    pending.done(
        {pending.sent ? StoreOutcome::kUnknown : StoreOutcome::kNotStored, -1, "timed out"});
  }
}

}  // namespace parley::simulation
