#include "services/router/dedupe/dedupe.h"

#include <algorithm>

#include "services/common/plant.h"

namespace parley::router {
namespace {

// Whether `earlier` lies at most `reach` before `time`. kSinceStart is before everything.
bool Within(std::int64_t time, std::int64_t earlier, std::int64_t reach) {
  return earlier != Dedupe::kSinceStart && time - earlier <= reach;
}

}  // namespace

Dedupe::Dedupe(const DedupeConfig& config) : config_(config) {}

void Dedupe::Restart(Offset from, std::int64_t since_ms) {
  known_from_ = from;
  known_since_ms_ = since_ms;
  newest_ms_ = kSinceStart;
  seen_ = SeenRecords();
  looked_up_ = decltype(looked_up_)();  // Neither `clear` nor `= {}`, which keep the memory.
}

Verdict Dedupe::Judge(const BatchEntry& record) const {
  const std::int64_t reach = record.retry ? config_.window_ms : config_.late_ms;
  const SeenRecord* const seen = seen_.Latest(record.print);
  if (seen != nullptr && Within(record.time_ms, seen->time_ms, reach)) return Verdict::kDuplicate;
  std::int64_t since_ms = known_since_ms_;
  if (!looked_up_.empty()) {
    const auto found = looked_up_.find(record.print);
    if (found != looked_up_.end()) {
      if (Within(record.time_ms, found->second.last_ms, reach)) return Verdict::kDuplicate;
      since_ms = std::min(since_ms, found->second.since_ms);
    }
  }
  if (Planted("skip-look-back")) return Verdict::kFirst;
  return record.time_ms - reach < since_ms ? Verdict::kUnknown : Verdict::kFirst;
}

void Dedupe::Learn(const BatchEntry& record) {
  SeenRecord learnt{record.print, record.offset, record.time_ms};
  if (!looked_up_.empty()) {
    const auto found = looked_up_.find(record.print);
    if (found != looked_up_.end()) {
      learnt.time_ms = std::max(learnt.time_ms, found->second.last_ms);
      looked_up_.erase(found);
    }
  }
  seen_.PushBack(learnt);
  newest_ms_ = std::max(newest_ms_, record.time_ms);
  Forget();
}

void Dedupe::Extend(const std::vector<SeenRecord>& older, Offset from, std::int64_t since_ms) {
  for (auto record = older.rbegin(); record != older.rend(); ++record) {
    if (record->offset >= known_from_) continue;
    seen_.PushFront(*record);
  }
  known_from_ = std::min(known_from_, from);
  known_since_ms_ = std::min(known_since_ms_, since_ms);
}

void Dedupe::Resolve(const Fingerprint& print, std::int64_t last_ms, std::int64_t since_ms) {
  looked_up_[print] = {last_ms, since_ms};
}

void Dedupe::Forget() {
  const std::int64_t oldest_ms = newest_ms_ - config_.window_ms - config_.late_ms;
  const auto is_over = [&] {
    return seen_.front().time_ms < oldest_ms || seen_.size() > config_.records_max;
  };
  while (!seen_.empty() && is_over()) DropOldest();
}

void Dedupe::DropOldest() {
  const SeenRecord& oldest = seen_.front();
  known_from_ = oldest.offset + 1;
  known_since_ms_ = std::max(known_since_ms_, oldest.time_ms + 1);
  // What was looked up has a hole now.
  if (!looked_up_.empty()) looked_up_.erase(oldest.print);
  seen_.PopFront();
}

}  // namespace parley::router
