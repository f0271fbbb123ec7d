#include "services/router/dedupe/look_back.h"

#include <algorithm>

namespace parley::router {

LookBack::LookBack(Partition partition, const HistoryConfig& config, LogPort& log, RequestIds& ids,
                   RouterCounters& counters)
    : partition_(partition), config_(config), log_(log), ids_(ids), counters_(counters) {}

void LookBack::Start(const std::vector<BatchEntry>& unknown, const Dedupe& dedupe, TimePoint now) {
  const auto oldest = std::min_element(
      unknown.begin(), unknown.end(),
      [](const BatchEntry& a, const BatchEntry& b) { return a.time_ms < b.time_ms; });
  active_ = true;
  begun_ = false;
  found_.clear();
  for (const BatchEntry& record : unknown) found_.try_emplace(record.print, Dedupe::kSinceStart);
  all_.clear();
  all_fit_ = true;
  room_ = dedupe.records_max() - std::min(dedupe.records(), dedupe.records_max());
  deadline_ = now + config_.look_back_deadline;
  next_ = {.id = 0,
           .partition = partition_,
           .from = unknown.front().offset,
           .through = dedupe.known_from() - 1,
           .look_back_ms = dedupe.config().window_ms,
           .from_time_ms = oldest->time_ms};
  ++counters_.look_backs;
  Ask();
}

bool LookBack::OnHistory(const HistoryChunk& chunk, Dedupe& dedupe, TimePoint now) {
  request_ = 0;
  if (chunk.batch == nullptr) {
    ++counters_.history_failures;
    retry_at_ = now + config_.retry_interval;
    return false;
  }
  deadline_ = now + config_.look_back_deadline;
  const RecordBatch& batch = *chunk.batch;
  if (!begun_) {
    begun_ = true;
    from_ = batch.from();
    since_ms_ = chunk.since_ms;
  }
  for (const BatchEntry& record : batch.entries()) {
    if (record.offset <= next_.through) Take(record);
  }
  if (batch.through() >= next_.through || batch.through() + 1 >= chunk.bounds.end) {
    Finish(dedupe);
    return true;
  }
  next_.from = batch.through() + 1;
  next_.look_back_ms = 0;
  next_.from_time_ms.reset();
  Ask();
  return false;
}

bool LookBack::Tick(Dedupe& dedupe, TimePoint now) {
  if (!active_) return false;
  if (now >= deadline_) {
    // Better a message shown twice than a partition that stands still.
    ++counters_.look_backs_given_up;
    all_fit_ = false;
    since_ms_ = Dedupe::kSinceStart;
    Finish(dedupe);
    return true;
  }
  if (request_ == 0 && now >= retry_at_) Ask();
  return false;
}

void LookBack::Ask() {
  request_ = ids_.Next();
  next_.id = request_;
  log_.ReadHistory(next_);
}

void LookBack::Take(const BatchEntry& record) {
  if (const auto found = found_.find(record.print); found != found_.end()) {
    found->second = std::max(found->second, record.time_ms);
  }
  if (!all_fit_) return;
  if (all_.size() < room_) {
    all_.push_back({record.print, record.offset, record.time_ms});
  } else {
    all_fit_ = false;
    ForgetAll();
  }
}

// Neither `clear` nor `= {}`, which keep the memory: half a megabyte per partition.
void LookBack::ForgetAll() { all_ = std::vector<SeenRecord>(); }

void LookBack::Finish(Dedupe& dedupe) {
  active_ = false;
  if (all_fit_) {
    dedupe.Extend(all_, from_, since_ms_);
    ForgetAll();
    return;
  }
  for (const auto& [print, last_ms] : found_) dedupe.Resolve(print, last_ms, since_ms_);
}

}  // namespace parley::router
