#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "parley/internal/v1/link.pb.h"
#include "services/common/clock.h"
#include "services/router/core_config.h"
#include "services/router/counters.h"
#include "services/router/feed/frame.h"
#include "services/router/history/history_scan.h"
#include "services/router/ports.h"
#include "services/router/tail/tail.h"

namespace parley::router {

// Answers the `Read`s of one partition, each exactly once: from the tail where it covers them,
// otherwise the broker is asked for the log's bounds, the verdict falls, and the records come
// through a scan of the past. Pure.
class PageReads final {
 public:
  using Answer = std::function<void(LinkId link, const PageAnswer& answer)>;

  PageReads(Partition partition, const ReadConfig& config, const Tail& tail, HistoryScan& history,
            LogPort& log, RouterCounters& counters, Answer answer);

  // `tail_ready`: what the tail covers can be told.
  void Ask(LinkId link, const internal::v1::Read& request, bool tail_ready, TimePoint now);
  void OnBounds(const std::optional<LogBounds>& bounds, bool tail_ready);
  // The link is gone.
  void Forget(LinkId link);
  void Tick(TimePoint now);
  bool idle() const { return reads_.empty(); }

 private:
  using Number = std::uint64_t;

  struct PendingRead {
    LinkId link = 0;
    internal::v1::Read request;
    TimePoint deadline;
    LogBounds bounds;
    std::optional<HistoryScan::JobId> job;
    // Of a backward read: what has been found, and from where on that is everything.
    RecordRuns found;
    Offset from = 0;
    Offset top = 0;  // Where it began.
    Offset step = 0;
  };

  std::size_t Limit(const internal::v1::Read& request) const;
  std::size_t BytesMax(const internal::v1::Read& request) const;
  bool AnswerFromTail(LinkId link, const internal::v1::Read& request);
  void AskForBounds();

  void BeginForward(Number number, bool tail_ready);
  void ReplyExpired(Number number, Offset start);
  void EndForward(Number number, HistoryPage page);

  void BeginBackward(Number number, bool tail_ready);
  void StepBack(Number number);
  void TakeStep(Number number, Offset first, HistoryPage page);
  void EndBackward(Number number);

  void Reply(Number number, PageAnswer answer);
  void ReplyWith(Number number, internal::v1::ReadOutcome outcome);

  const Partition partition_;
  const ReadConfig config_;
  const Tail& tail_;
  HistoryScan& history_;
  LogPort& log_;
  RouterCounters& counters_;
  const Answer answer_;

  std::map<Number, PendingRead> reads_;
  Number last_ = 0;
  // Those that came before the bounds were last asked for, and those after.
  std::vector<Number> asked_;
  std::vector<Number> unasked_;
  bool asking_ = false;
};

}  // namespace parley::router
