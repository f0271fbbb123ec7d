#pragma once

#include <cstdint>
#include <string>

#include "parley/internal/v1/link.pb.h"
#include "services/common/ids.h"
#include "services/router/tail/record_runs.h"

namespace parley::router {

// A `RouterFrame` ready for the wire: its bytes are `head` and then those of the records, which
// every link shares.
struct Frame {
  std::string head;
  RecordRuns records;
};

// The answer to a `Read`.
struct PageAnswer {
  std::uint64_t read = 0;
  internal::v1::ReadOutcome outcome = internal::v1::READ_OUTCOME_BUSY;
  RecordRuns records;
  Offset through = -1;
  Offset from = 0;
  bool at_start = false;
  Offset start = 0;  // When what was asked for is expired.
};

[[nodiscard]] Frame ControlFrame(const internal::v1::RouterFrame& frame);
[[nodiscard]] Frame DeliverFrame(Partition partition, std::uint64_t serve, Offset from,
                                 Offset through, RecordRuns records);
// Copies the records: a page may wait behind others, and must not keep whole batches alive.
[[nodiscard]] Frame PageFrame(const PageAnswer& answer);

}  // namespace parley::router
