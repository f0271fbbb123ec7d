#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <prometheus/registry.h>

#include "services/common/clock.h"
#include "services/common/kafka/client_config.h"
#include "services/common/kafka/group_member.h"
#include "services/common/kafka/producer.h"
#include "services/common/log.h"
#include "services/common/position.h"
#include "services/common/rpc/loop.h"
#include "services/router/log/history_reader.h"
#include "services/router/log/log_listener.h"
#include "services/router/log/tail_reader.h"
#include "services/router/ports.h"

namespace parley::router {

// The log in Kafka: a handle that elects and commits, one that tails, one that reads the past, and
// a producer, each with a thread of its own. The port is called on the router's loop; what the
// threads find is carried there.
class KafkaLog final : public LogPort,
                       public kafka::GroupListener,
                       public TailReaderListener,
                       public HistoryReaderListener {
 public:
  // Throws std::runtime_error only for a bad configuration.
  KafkaLog(const kafka::ClientConfig& client, LogEpoch epoch, const TailReaderConfig& tail,
           const HistoryReaderConfig& history, const BatchConfig& batches, const Clock& clock,
           const Logger& logger, prometheus::Registry& registry, rpc::Loop& loop,
           LogListener& listener);

  void StartReading(Partition partition, RequestId reading, std::optional<Offset> at) override;
  void StopReading(Partition partition) override;
  void ReadHistory(const HistoryRequest& request) override;
  void AskBounds(Partition partition) override;
  void Commit(Partition partition, Offset next) override;
  void Produce(RequestId id, Partition partition, const SetAside& record) override;

  // Gives up what this router owns, so that others own it at once, and ends the threads; takes
  // about as long as that at most. Not on the loop. The port must not be used any more.
  void Stop(Duration leave_timeout);

 private:
  void OnOwned(const std::vector<kafka::OwnedPartition>& owned) override;
  void OnTailBatch(RequestId reading, BatchPtr batch) override;
  void OnOutOfRange(Partition partition, RequestId reading, Offset offset) override;
  void OnTailLag(std::vector<std::pair<Partition, std::int64_t>> lag) override;
  void OnTailStart(const ReadingStart& start) override;
  void OnChunk(HistoryChunk chunk) override;
  void OnLogBounds(Partition partition, std::optional<LogBounds> bounds) override;

  rpc::Loop& loop_;
  LogListener& listener_;
  const Partition partitions_;  // Of the log.

  std::mutex mutex_;
  std::map<Partition, RequestId> wanted_;  // What is to be tailed. Guarded by mutex_.

  BatchGate gate_;
  // These run threads that reach into all of the above, the history's into the tail. Null once
  // stopped.
  std::unique_ptr<kafka::Producer> producer_;
  std::unique_ptr<TailReader> tail_;
  std::unique_ptr<HistoryReader> history_;
  std::unique_ptr<kafka::GroupMember> group_;
};

}  // namespace parley::router
