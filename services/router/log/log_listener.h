#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "services/router/ports.h"
#include "services/router/router_core.h"

namespace parley::router {

// What the log answers and tells; the counterpart of LogPort. On the router's loop.
class LogListener {
 public:
  virtual ~LogListener() = default;
  virtual void OnOwned(const std::vector<Ownership>& owned) = 0;
  virtual void OnReading(const ReadingStart& start) = 0;
  virtual void OnBatch(RequestId reading, const BatchPtr& batch) = 0;
  virtual void OnHistory(const HistoryChunk& chunk) = 0;
  virtual void OnBounds(Partition partition, const std::optional<LogBounds>& bounds) = 0;
  virtual void OnProduced(Partition partition, RequestId id, bool stored) = 0;
  // How many records lie between what was read and the end of the log.
  virtual void OnLag(const std::vector<std::pair<Partition, std::int64_t>>& lag) = 0;
};

}  // namespace parley::router
