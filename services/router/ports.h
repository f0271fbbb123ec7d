#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "services/common/ids.h"
#include "services/router/feed/frame.h"
#include "services/router/tail/record_batch.h"

namespace parley::router {

// The borders of the core: the log and the links to gateways. Production has Kafka and gRPC behind
// them, tests and the simulation have fakes. Calls never block and are answered later, through the
// RouterCore's `On…`.

using RequestId = std::uint64_t;
using LinkId = std::uint64_t;

// Numbers requests, so that an answer finds who asked.
class RequestIds final {
 public:
  RequestId Next() { return ++last_; }

 private:
  RequestId last_ = 0;
};

// "The tail of this partition is now read": where, and what lies around it.
struct ReadingStart {
  Partition partition = 0;
  RequestId reading = 0;
  Offset from = 0;
  std::int64_t since_ms =
      0;           // Nothing before `from` is younger; INT64_MIN: there is nothing before it.
  Offset end = 0;  // Of the log, when reading began.
};

// Read records from `from` up to `through`, as many as one chunk holds. With a look-back: from the
// first record on that is not older than `look_back_ms` before the one at `from`.
struct HistoryRequest {
  RequestId id = 0;
  Partition partition = 0;
  Offset from = 0;
  Offset through = INT64_MAX;
  std::int64_t look_back_ms = 0;
  std::optional<std::int64_t> from_time_ms;  // Of the record at `from`, where it is known.
};

struct LogBounds {
  Offset start = 0;
  Offset end = 0;  // The next record's.
};

struct HistoryChunk {
  RequestId id = 0;
  Partition partition = 0;
  // Nothing when Kafka could not be read. It begins where it was asked to, or at the start of the
  // log when that is later; it is empty at the end of the log.
  BatchPtr batch;
  std::int64_t since_ms = 0;  // As ReadingStart's; when there was a look-back.
  LogBounds bounds;
};

class LogPort {
 public:
  virtual ~LogPort() = default;
  // Tails a partition, from `at` on, or from a look-back before the end. Answered by OnReading,
  // then OnBatch… until stopped. Starting anew replaces the reading before.
  virtual void StartReading(Partition partition, RequestId reading, std::optional<Offset> at) = 0;
  virtual void StopReading(Partition partition) = 0;
  // Answered once, by OnHistory.
  virtual void ReadHistory(const HistoryRequest& request) = 0;
  // Answered once, by OnBounds.
  virtual void AskBounds(Partition partition) = 0;
  // Everything before `next` has had its effects.
  virtual void Commit(Partition partition, Offset next) = 0;
  // Produces what was set aside to where it belongs. Answered once, by OnProduced.
  virtual void Produce(RequestId id, Partition partition, const SetAside& record) = 0;
};

class LinkPort {
 public:
  virtual ~LinkPort() = default;
  // One at a time: the next after OnLinkWritten.
  virtual void Send(LinkId link, Frame frame) = 0;
  // Ends the link; OnLinkDown follows.
  virtual void Cut(LinkId link, const std::string& reason) = 0;
};

}  // namespace parley::router
