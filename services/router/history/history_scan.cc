#include "services/router/history/history_scan.h"

#include <algorithm>
#include <utility>

namespace parley::router {

HistoryScan::HistoryScan(Partition partition, const DedupeConfig& dedupe,
                         const HistoryConfig& config, LogPort& log, RequestIds& ids,
                         RouterCounters& counters)
    : partition_(partition),
      config_(config),
      log_(log),
      ids_(ids),
      counters_(counters),
      dedupe_(dedupe),
      look_back_(partition, config, log, ids, counters) {}

HistoryScan::JobId HistoryScan::Submit(HistoryJob job) {
  const JobId id = ++last_job_;
  jobs_.push_back({id, std::move(job), {}});
  return id;
}

void HistoryScan::Cancel(JobId job) {
  const auto is_it = [job](const RunningJob& running) { return running.id == job; };
  jobs_.remove_if(is_it);
  done_.remove_if(is_it);
}

Offset HistoryScan::Progress(JobId job) const {
  for (const RunningJob& running : jobs_) {
    if (running.id == job) return running.job.next - 1;
  }
  for (const RunningJob& running : done_) {
    if (running.id == job) return running.page.through;
  }
  return -1;
}

bool HistoryScan::OnHistory(const HistoryChunk& chunk, TimePoint now) {
  if (look_back_.Asked(chunk.id)) {
    if (look_back_.OnHistory(chunk, dedupe_, now)) Judge(now);
    return true;
  }
  if (request_ == 0 || request_ != chunk.id) return false;
  request_ = 0;
  if (chunk.batch == nullptr) {
    ++counters_.history_failures;
    passing_ = false;
    retry_at_ = now + config_.retry_interval;
    return true;
  }
  held_ = chunk;
  judged_ = 0;
  visible_.clear();
  if (!passing_) {
    pass_from_ = std::max(position_, chunk.bounds.start);
    dedupe_.Restart(chunk.batch->from(), chunk.since_ms);
    passing_ = true;
  }
  Judge(now);
  return true;
}

void HistoryScan::Run(TimePoint now) {
  if (look_back_.Tick(dedupe_, now)) Judge(now);
  do {
    FeedJobs();
    if (request_ == 0 && held_.batch == nullptr && !jobs_.empty() && now >= retry_at_) AskForMore();
  } while (CallDone());
  ForgetIfIdle(now);
}

void HistoryScan::ForgetIfIdle(TimePoint now) {
  if (!jobs_.empty() || request_ != 0 || held_.batch != nullptr) {
    wanted_at_ = now;
  } else if (passing_ && now - wanted_at_ >= config_.idle_max) {
    passing_ = false;
    window_ = {};
    visible_ = decltype(visible_)();
    dedupe_.Restart(0, Dedupe::kSinceStart);
  }
}

void HistoryScan::AskForMore() {
  const Offset next = jobs_.front().job.next;
  const bool ahead =
      next >= position_ && next - std::max(position_, pass_from_) <= config_.skip_max;
  if (!passing_ || !ahead) {
    passing_ = false;
    position_ = next;
  }
  Offset through = next;
  for (const RunningJob& running : jobs_) through = std::max(through, running.job.through);
  request_ = ids_.Next();
  log_.ReadHistory({.id = request_,
                    .partition = partition_,
                    .from = position_,
                    .through = through,
                    .look_back_ms = passing_ ? 0 : dedupe_.config().late_ms,
                    .from_time_ms = std::nullopt});
}

// Goes through the held chunk, as far as the verdicts are known.
void HistoryScan::Judge(TimePoint now) {
  const std::vector<BatchEntry>& entries = held_.batch->entries();
  for (; judged_ < entries.size(); ++judged_) {
    const BatchEntry& record = entries[judged_];
    if (record.offset >= pass_from_) {
      const Verdict verdict = dedupe_.Judge(record);
      if (verdict == Verdict::kUnknown) {
        std::vector<BatchEntry> unknown;
        for (std::size_t i = judged_;
             i < entries.size() && unknown.size() < config_.look_back_prints_max; ++i) {
          if (i == judged_ || dedupe_.Judge(entries[i]) == Verdict::kUnknown)
            unknown.push_back(entries[i]);
        }
        look_back_.Start(unknown, dedupe_, now);
        return;
      }
      if (verdict == Verdict::kFirst) visible_.push_back(judged_);
    }
    dedupe_.Learn(record);
  }
  ShowWindow();
}

void HistoryScan::ShowWindow() {
  const HistoryChunk chunk = std::exchange(held_, {});
  window_.from = std::max(chunk.batch->from(), pass_from_);
  window_.through = chunk.batch->through();
  window_.visible = std::move(visible_);
  window_.batch = chunk.batch;
  position_ = window_.through + 1;
  // At the end of the log there was no record to look back from.
  if (window_.through < chunk.batch->from()) passing_ = false;

  const bool at_end = window_.through + 1 >= chunk.bounds.end;
  for (RunningJob& running : jobs_) running.page.bounds = chunk.bounds;
  FeedJobs();
  EndJobsOutside(at_end);
}

void HistoryScan::EndJobsOutside(bool at_end) {
  for (auto running = jobs_.begin(); running != jobs_.end();) {
    const auto current = running++;
    const LogBounds& bounds = current->page.bounds;
    const Offset next = current->job.next;
    const bool lost = next < bounds.start;
    if (!lost && !(at_end && next >= bounds.end)) continue;
    current->page.through = next - 1;
    done_.splice(done_.end(), jobs_, current);
  }
}

void HistoryScan::FeedJobs() {
  for (auto running = jobs_.begin(); running != jobs_.end();) {
    const auto current = running++;
    if (Feed(*current)) done_.splice(done_.end(), jobs_, current);
  }
}

bool HistoryScan::Feed(RunningJob& running) const {
  HistoryJob& job = running.job;
  HistoryPage& page = running.page;
  if (job.next <= job.through && job.next >= window_.from && job.next <= window_.through) {
    const std::vector<BatchEntry>& entries = window_.batch->entries();
    auto entry = std::lower_bound(
        window_.visible.begin(), window_.visible.end(), job.next,
        [&](std::uint32_t index, Offset offset) { return entries[index].offset < offset; });
    for (; entry != window_.visible.end() && entries[*entry].offset <= job.through; ++entry) {
      const BatchEntry& record = entries[*entry];
      if (!job.wants(window_.batch->channel(record))) continue;
      const std::size_t size = record.end - record.begin;
      const auto full = [&] {
        return !page.records.empty() && (page.records.count() >= job.records_max ||
                                         page.records.bytes() + size > job.bytes_max);
      };
      if (full() && !job.keep_last) {
        job.next = record.offset;
        page.through = record.offset - 1;
        return true;
      }
      for (; full(); page.dropped = true) page.records.DropFirst();
      page.records.Add(window_.batch, *entry);
    }
    job.next = std::min(window_.through, job.through) + 1;
  }
  page.through = job.next - 1;
  return job.next > job.through;
}

bool HistoryScan::CallDone() {
  if (done_.empty()) return false;
  while (!done_.empty()) {
    RunningJob running = std::move(done_.front());
    done_.pop_front();
    running.job.done(std::move(running.page));
  }
  return true;
}

}  // namespace parley::router
