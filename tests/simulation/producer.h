#pragma once

#include <deque>
#include <map>
#include <utility>

#include "services/gateway/presence/event_log.h"
#include "services/gateway/publish/log_writer.h"
#include "tests/simulation/broker.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/process.h"

namespace parley::simulation {

// The idempotent producer of one gateway: per partition in order, repeated by itself while it is
// not answered, until the message timeout. What was on its way when the gateway died may be stored.
class Producer final : public gateway::LogWriter, public gateway::EventLog {
 public:
  Producer(Scheduler& scheduler, Dice& dice, Broker& broker, Process& process);
  ~Producer() override;

  kafka::Accepted Append(kafka::OutgoingRecord record, gateway::LogWriter::Done done) override;
  kafka::Accepted Append(kafka::OutgoingRecord record, kafka::Producer::Done done) override;

 private:
  struct Pending {
    kafka::OutgoingRecord record;
    TimePoint accepted_at;
    bool sent = false;   // A broker may have it.
    Offset offset = -1;  // Where it lies, though the producer may not know.
    kafka::Producer::Done done;
  };
  struct Queue {
    std::deque<Pending> pending;
    bool busy = false;
  };
  using QueueKey = std::pair<std::string, Partition>;

  void Accept(kafka::OutgoingRecord record, kafka::Producer::Done done);
  void Pump(const QueueKey& key);
  // A request has come to the broker.
  void Arrive(const QueueKey& key);
  void RetryLater(const QueueKey& key);
  void Acknowledge(const QueueKey& key, std::size_t count);
  void Store(const QueueKey& key, Pending& pending);
  bool TimedOut(const Pending& pending) const;
  void ReportTimedOut(Queue& queue);

  Scheduler& scheduler_;
  Dice& dice_;
  Broker& broker_;
  Process& process_;
  std::map<QueueKey, Queue> queues_;
};

}  // namespace parley::simulation
