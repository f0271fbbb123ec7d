#include "services/router/feed/page_reads.h"

#include <algorithm>
#include <utility>

namespace parley::router {

using internal::v1::Read;
using internal::v1::ReadOutcome;

PageReads::PageReads(Partition partition, const ReadConfig& config, const Tail& tail,
                     HistoryScan& history, LogPort& log, RouterCounters& counters, Answer answer)
    : partition_(partition),
      config_(config),
      tail_(tail),
      history_(history),
      log_(log),
      counters_(counters),
      answer_(std::move(answer)) {}

void PageReads::Ask(LinkId link, const Read& request, bool tail_ready, TimePoint now) {
  ++counters_.reads;
  if (tail_ready && AnswerFromTail(link, request)) return;
  if (reads_.size() >= config_.waiting_max || request.range_case() == Read::RANGE_NOT_SET) {
    ++counters_.reads_busy;
    answer_(link, {.read = request.read(), .records = {}});
    return;
  }
  const Number number = ++last_;
  PendingRead& read = reads_[number];
  read.link = link;
  read.request = request;
  read.deadline = now + config_.deadline;
  unasked_.push_back(number);
  AskForBounds();
}

std::size_t PageReads::Limit(const Read& request) const {
  return std::clamp<std::size_t>(request.limit(), 1, config_.page_records_max);
}

std::size_t PageReads::BytesMax(const Read& request) const {
  if (request.bytes_max() == 0) return config_.page_bytes_max;
  return std::min<std::size_t>(request.bytes_max(), config_.page_bytes_max);
}

bool PageReads::AnswerFromTail(LinkId link, const Read& request) {
  PageAnswer answer{
      .read = request.read(), .outcome = internal::v1::READ_OUTCOME_OK, .records = {}};
  if (request.range_case() == Read::kAfter) {
    const Offset after = request.after();
    // A position beyond what has been read may come from a router that is ahead, or from another
    // log.
    if (!tail_.Covers(after) || after >= tail_.end()) return false;
    const std::int64_t distance = tail_.end() - 1 - after;
    if (request.distance_max() > 0 && distance > request.distance_max()) {
      answer.outcome = internal::v1::READ_OUTCOME_TOO_FAR;
    } else {
      Slice slice = tail_.AfterIn(request.channel(), after, Limit(request), BytesMax(request));
      answer.records = std::move(slice.records);
      answer.through = slice.through;
    }
  } else if (request.range_case() == Read::kBefore) {
    BackSlice slice =
        tail_.LastOf(request.channel(), request.before(), Limit(request), BytesMax(request));
    if (!slice.full) return false;
    answer.records = std::move(slice.records);
    answer.from = slice.from;
  } else {
    return false;
  }
  answer_(link, answer);
  return true;
}

void PageReads::AskForBounds() {
  if (asking_ || unasked_.empty()) return;
  asking_ = true;
  asked_ = std::exchange(unasked_, {});
  log_.AskBounds(partition_);
}

void PageReads::OnBounds(const std::optional<LogBounds>& bounds, bool tail_ready) {
  asking_ = false;
  for (const Number number : std::exchange(asked_, {})) {
    const auto read = reads_.find(number);
    if (read == reads_.end()) continue;
    if (!bounds) {
      ReplyWith(number, internal::v1::READ_OUTCOME_BUSY);
      continue;
    }
    read->second.bounds = *bounds;
    if (read->second.request.range_case() == Read::kAfter) {
      BeginForward(number, tail_ready);
    } else {
      BeginBackward(number, tail_ready);
    }
  }
  AskForBounds();
}

void PageReads::BeginForward(Number number, bool tail_ready) {
  PendingRead& read = reads_.at(number);
  const Offset after = read.request.after();
  const LogBounds& bounds = read.bounds;
  if (after + 1 < bounds.start) return ReplyExpired(number, bounds.start);
  if (after >= bounds.end && after >= 0) {
    return ReplyWith(number, internal::v1::READ_OUTCOME_FUTURE);
  }
  const std::int64_t distance_max = read.request.distance_max();
  if (distance_max > 0 && bounds.end - 1 - after > distance_max) {
    return ReplyWith(number, internal::v1::READ_OUTCOME_TOO_FAR);
  }
  // What the tail covers is asked for again, and comes from there.
  const bool up_to_tail = tail_ready && !tail_.Covers(after);
  const Offset through = up_to_tail ? std::min(bounds.end, tail_.start()) - 1 : bounds.end - 1;
  read.job = history_.Submit(
      {.next = after + 1,
       .through = through,
       .wants = [channel =
                     read.request.channel()](std::string_view name) { return name == channel; },
       .records_max = Limit(read.request),
       .bytes_max = BytesMax(read.request),
       .done = [this, number](HistoryPage page) { EndForward(number, std::move(page)); }});
}

void PageReads::EndForward(Number number, HistoryPage page) {
  const bool lost = page.records.empty() && page.through + 1 < page.bounds.start;
  if (lost) return ReplyExpired(number, page.bounds.start);
  PageAnswer answer;
  answer.outcome = internal::v1::READ_OUTCOME_OK;
  answer.records = std::move(page.records);
  answer.through = page.through;
  Reply(number, std::move(answer));
}

void PageReads::ReplyExpired(Number number, Offset start) {
  PageAnswer answer;
  answer.outcome = internal::v1::READ_OUTCOME_EXPIRED;
  answer.start = start;
  Reply(number, std::move(answer));
}

void PageReads::BeginBackward(Number number, bool tail_ready) {
  PendingRead& read = reads_.at(number);
  const Offset before = read.request.before();
  read.from = std::min(before, read.bounds.end);
  if (tail_ready && before > tail_.start()) {
    BackSlice slice =
        tail_.LastOf(read.request.channel(), before, Limit(read.request), BytesMax(read.request));
    read.found = std::move(slice.records);
    read.from = slice.from;
    if (slice.full) return EndBackward(number);
  }
  read.top = read.from;
  read.step = config_.backward_step;
  StepBack(number);
}

void PageReads::StepBack(Number number) {
  PendingRead& read = reads_.at(number);
  const std::size_t limit = Limit(read.request);
  const std::size_t bytes_max = BytesMax(read.request);
  if (read.found.count() >= limit || read.found.bytes() >= bytes_max ||
      read.from <= read.bounds.start || read.top - read.from >= config_.backward_distance_max) {
    return EndBackward(number);
  }
  const Offset first = std::max(read.bounds.start, read.from - read.step);
  read.step *= 4;
  read.job = history_.Submit(
      {.next = first,
       .through = read.from - 1,
       .wants = [channel =
                     read.request.channel()](std::string_view name) { return name == channel; },
       .records_max = limit - read.found.count(),
       .bytes_max = bytes_max - read.found.bytes(),
       .keep_last = true,
       .done = [this, number,
                first](HistoryPage page) { TakeStep(number, first, std::move(page)); }});
}

void PageReads::TakeStep(Number number, Offset first, HistoryPage page) {
  PendingRead& read = reads_.at(number);
  read.job.reset();
  read.bounds = page.bounds;
  if (page.through < read.from - 1) return StepBack(number);  // Retention came in between.
  read.from = page.dropped ? page.records.first_offset() : first;
  const bool full = page.dropped;
  page.records.Append(read.found);
  read.found = std::move(page.records);
  if (full) return EndBackward(number);
  StepBack(number);
}

void PageReads::EndBackward(Number number) {
  PendingRead& read = reads_.at(number);
  PageAnswer answer;
  answer.outcome = internal::v1::READ_OUTCOME_OK;
  answer.records = std::move(read.found);
  answer.from = read.from;
  answer.at_start = read.from <= read.bounds.start;
  Reply(number, std::move(answer));
}

void PageReads::Reply(Number number, PageAnswer answer) {
  const auto read = reads_.find(number);
  answer.read = read->second.request.read();
  const LinkId link = read->second.link;
  reads_.erase(read);
  answer_(link, answer);
}

void PageReads::ReplyWith(Number number, ReadOutcome outcome) {
  if (outcome == internal::v1::READ_OUTCOME_BUSY) ++counters_.reads_busy;
  PageAnswer answer;
  answer.outcome = outcome;
  Reply(number, std::move(answer));
}

void PageReads::Forget(LinkId link) {
  std::erase_if(reads_, [&](const auto& entry) {
    const PendingRead& read = entry.second;
    if (read.link != link) return false;
    if (read.job) history_.Cancel(*read.job);
    return true;
  });
}

void PageReads::Tick(TimePoint now) {
  std::vector<Number> late;
  for (const auto& [number, read] : reads_) {
    if (now >= read.deadline) late.push_back(number);
  }
  for (const Number number : late) {
    PendingRead& read = reads_.at(number);
    if (read.job) history_.Cancel(*read.job);
    ReplyWith(number, internal::v1::READ_OUTCOME_BUSY);
  }
}

}  // namespace parley::router
