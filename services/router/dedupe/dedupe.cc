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
  // Neither `clear` nor `= {}`, which keep the memory.
  order_ = decltype(order_)();
  known_ = decltype(known_)();
  resolved_ = decltype(resolved_)();
}

Verdict Dedupe::Judge(const BatchEntry& record) const {
  const std::int64_t reach = record.retry ? config_.window_ms : config_.late_ms;
  const auto found = known_.find(record.print);
  if (found != known_.end() && Within(record.time_ms, found->second.last_ms, reach)) {
    return Verdict::kDuplicate;
  }
  std::int64_t since_ms = known_since_ms_;
  if (!resolved_.empty()) {
    const auto looked_up = resolved_.find(record.print);
    if (looked_up != resolved_.end()) since_ms = std::min(since_ms, looked_up->second);
  }
  if (Planted("skip-look-back")) return Verdict::kFirst;
  return record.time_ms - reach < since_ms ? Verdict::kUnknown : Verdict::kFirst;
}

void Dedupe::Learn(const BatchEntry& record) {
  order_.push_back({record.print, record.offset, record.time_ms});
  Merge(order_.back());
  newest_ms_ = std::max(newest_ms_, record.time_ms);
  if (!resolved_.empty()) resolved_.erase(record.print);
  Forget();
}

void Dedupe::Merge(const SeenRecord& record) {
  Known& known = known_[record.print];
  known.last_offset = std::max(known.last_offset, record.offset);
  known.last_ms = std::max(known.last_ms, record.time_ms);
}

void Dedupe::Extend(const std::vector<SeenRecord>& older, Offset from, std::int64_t since_ms) {
  for (auto record = older.rbegin(); record != older.rend(); ++record) {
    if (record->offset >= known_from_) continue;
    order_.push_front(*record);
    Merge(*record);
  }
  known_from_ = std::min(known_from_, from);
  known_since_ms_ = std::min(known_since_ms_, since_ms);
}

void Dedupe::Resolve(const Fingerprint& print, std::int64_t last_ms, std::int64_t since_ms) {
  if (last_ms != kSinceStart) {
    Known& known = known_[print];
    known.last_ms = std::max(known.last_ms, last_ms);
  }
  resolved_[print] = since_ms;
}

void Dedupe::Forget() {
  const std::int64_t oldest_ms = newest_ms_ - config_.window_ms - config_.late_ms;
  const auto is_over = [&] {
    return order_.front().time_ms < oldest_ms || order_.size() > config_.records_max;
  };
  while (!order_.empty() && is_over()) DropOldest();
}

void Dedupe::DropOldest() {
  const SeenRecord& oldest = order_.front();
  known_from_ = oldest.offset + 1;
  known_since_ms_ = std::max(known_since_ms_, oldest.time_ms + 1);
  const auto known = known_.find(oldest.print);
  if (known != known_.end() && known->second.last_offset == oldest.offset) known_.erase(known);
  // What was looked up has a hole now.
  if (!resolved_.empty()) resolved_.erase(oldest.print);
  order_.pop_front();
}

}  // namespace parley::router
