#include "services/router/end_watch.h"

#include <algorithm>

namespace parley::router {
namespace {

constexpr int kLooksWanted = 2;

}  // namespace

EndWatch::EndWatch(Partition partition, const EndWatchConfig& config, LogPort& log, RequestIds& ids)
    : partition_(partition), config_(config), log_(log), ids_(ids) {}

void EndWatch::Compare(Offset place, Offset end) {
  if (place <= end) return;
  const bool asking = suspects();
  place_ = std::max(place_.value_or(place), place);
  if (!asking) Ask();
}

// A read that finds nothing tells where the log ends.
void EndWatch::Ask() {
  request_ = ids_.Next();
  log_.ReadHistory({.id = request_,
                    .partition = partition_,
                    .from = *place_,
                    .through = *place_,
                    .look_back_ms = 0,
                    .from_time_ms = std::nullopt});
}

bool EndWatch::OnHistory(const HistoryChunk& chunk, TimePoint now) {
  request_ = 0;
  ask_at_ = now + config_.look_interval;
  if (chunk.batch == nullptr) return false;
  if (chunk.bounds.end >= *place_) {
    place_.reset();
    looks_ = 0;
    return false;
  }
  return ++looks_ == kLooksWanted;
}

void EndWatch::Tick(TimePoint now) {
  if (suspects() && looks_ < kLooksWanted && request_ == 0 && now >= ask_at_) Ask();
}

}  // namespace parley::router
