#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string_view>
#include <vector>

#include "services/common/clock.h"
#include "services/router/core_config.h"
#include "services/router/counters.h"
#include "services/router/dedupe/dedupe.h"
#include "services/router/dedupe/look_back.h"
#include "services/router/ports.h"

namespace parley::router {

// What a job of a scan found.
struct HistoryPage {
  // Every wanted record from the job's first offset up to here is in `records`.
  Offset through = -1;
  RecordRuns records;
  bool dropped = false;  // With `keep_last`: there were more.
  LogBounds bounds;  // When the job's first offset lies before the log's start, nothing was read.
};

struct HistoryJob {
  Offset next = 0;
  Offset through = 0;  // Inclusive.
  // Which channels; asked anew for each record, so the answer may change while the job runs.
  std::function<bool(std::string_view channel)> wants;
  std::size_t records_max = 0;
  std::size_t bytes_max = 0;
  // Over the limits: keep the last records, not the first.
  bool keep_last = false;
  std::function<void(HistoryPage page)> done;
};

// Reads the past of one partition for all who ask: one pass at a time, chunk by chunk, that follows
// the oldest job and takes along every other whose place it comes by. Leaves duplicates out by the
// same rule as the tail. Between jobs the pass stays where it is for a while, so that the next page
// of a reader costs no new start; then it is forgotten, with all that it remembers. Pure.
class HistoryScan final {
 public:
  using JobId = std::uint64_t;

  HistoryScan(Partition partition, const DedupeConfig& dedupe, const HistoryConfig& config,
              LogPort& log, RequestIds& ids, RouterCounters& counters);

  // `done` is called once, from within `Run`, unless the job is cancelled. It may submit the next
  // one.
  JobId Submit(HistoryJob job);
  void Cancel(JobId job);
  // Everything wanted up to here has been looked at. Precondition: the job runs.
  Offset Progress(JobId job) const;

  // True when it had asked for this.
  bool OnHistory(const HistoryChunk& chunk, TimePoint now);
  // Does what there is to do. Call it after all else, and now and then.
  void Run(TimePoint now);

 private:
  struct RunningJob {
    JobId id;
    HistoryJob job;
    HistoryPage page;
  };
  // The last chunk of the pass, judged.
  struct Window {
    BatchPtr batch;
    std::vector<std::uint32_t> visible;  // Entries.
    Offset from = 0;
    Offset through = -1;
  };

  void AskForMore();
  void ForgetIfIdle(TimePoint now);
  void Judge(TimePoint now);
  void ShowWindow();
  // Jobs before the start of the log, or at its end, have all there is.
  void EndJobsOutside(bool at_end);
  void FeedJobs();
  // True when the job has all it wants.
  bool Feed(RunningJob& running) const;
  // Last of all, because a `done` may submit a job. True when there was any.
  bool CallDone();

  const Partition partition_;
  const HistoryConfig config_;
  LogPort& log_;
  RequestIds& ids_;
  RouterCounters& counters_;

  std::list<RunningJob> jobs_;  // The oldest first.
  std::list<RunningJob> done_;
  JobId last_job_ = 0;

  bool passing_ = false;
  Offset pass_from_ = 0;  // What the pass read before it was only for the judgement.
  Offset position_ = 0;
  Window window_;
  Dedupe dedupe_;

  RequestId request_ = 0;  // 0: none under way.
  TimePoint retry_at_;
  TimePoint wanted_at_;  // Somebody wanted something then.
  HistoryChunk held_;    // Being judged.
  std::uint32_t judged_ = 0;
  std::vector<std::uint32_t> visible_;
  LookBack look_back_;
};

}  // namespace parley::router
