#include "services/router/effects/owner_effects.h"

#include <algorithm>

namespace parley::router {

OwnerEffects::OwnerEffects(Partition partition, const EffectsConfig& config, LogPort& log,
                           RequestIds& ids, RouterCounters& counters)
    : partition_(partition), config_(config), log_(log), ids_(ids), counters_(counters) {}

void OwnerEffects::Begin(std::optional<Offset> committed) {
  End();
  active_ = true;
  next_ = committed.value_or(0);
  committed_ = committed.value_or(-1);
}

void OwnerEffects::End() {
  active_ = false;
  effects_.clear();
  in_flight_ = 0;
  request_ = 0;
  // What the tail has read so far is not here any more.
  held_.clear();
  held_from_ = held_through_ + 1;
}

void OwnerEffects::Finish(TimePoint now) {
  finishing_ = true;
  if (active_ && !suspended_) Commit(now);
}

void OwnerEffects::OnReading(Offset from) {
  reading_ = true;
  held_.clear();
  held_from_ = from;
  held_through_ = from - 1;
}

void OwnerEffects::OnTail(const BatchPtr& batch) {
  held_through_ = batch->through();
  if (!active_) {
    held_from_ = held_through_ + 1;
    held_.clear();
    return;
  }
  if (!batch->set_aside().empty()) held_.push_back(batch);
  if (held_.size() > config_.waiting_max) {
    // They are read again when there is room.
    held_.clear();
    held_from_ = held_through_ + 1;
  }
  TakeHeld();
}

// Once there is no gap any more, what the tail has read is taken from there.
void OwnerEffects::TakeHeld() {
  if (!active_ || !reading_ || next_ < held_from_) return;
  while (!held_.empty() && effects_.size() < config_.waiting_max) {
    Take(held_.front());
    held_.pop_front();
  }
  if (held_.empty()) next_ = std::max(next_, held_through_ + 1);
}

void OwnerEffects::Take(const BatchPtr& batch) {
  for (const SetAside& record : batch->set_aside()) {
    if (record.offset >= next_) effects_.push_back({batch, &record});
  }
  next_ = std::max(next_, batch->through() + 1);
}

void OwnerEffects::OnHistory(const HistoryChunk& chunk, TimePoint now) {
  request_ = 0;
  if (chunk.batch == nullptr) {
    ++counters_.history_failures;
    ask_at_ = now + config_.retry_interval;
    return;
  }
  next_ = std::max(next_, chunk.batch->from());
  Take(chunk.batch);
  Tick(now);
}

bool OwnerEffects::OnProduced(RequestId id, bool stored, TimePoint now) {
  const auto effect = std::find_if(effects_.begin(), effects_.end(),
                                   [id](const Effect& candidate) { return candidate.id == id; });
  if (effect == effects_.end()) return false;
  --in_flight_;
  if (stored) {
    effect->stage = Stage::kStored;
    Count(*effect->record);
  } else {
    effect->stage = Stage::kWaiting;
    effect->id = 0;
    ++counters_.effects_repeated;
    produce_at_ = now + config_.retry_interval;
  }
  while (!effects_.empty() && effects_.front().stage == Stage::kStored) effects_.pop_front();
  if (finishing_ && !suspended_) Commit(now);
  return true;
}

void OwnerEffects::Count(const SetAside& record) {
  if (record.kind == SetAside::Kind::kForward) {
    ++counters_.forwarded;
  } else {
    ++counters_.dead_letters[record.reason];
  }
}

void OwnerEffects::Tick(TimePoint now) {
  if (!active_ || suspended_) return;
  TakeHeld();
  if (!finishing_) {
    CatchUp(now);
    Produce(now);
  }
  Commit(now);
}

void OwnerEffects::CatchUp(TimePoint now) {
  const bool gap = reading_ && next_ < held_from_;
  if (!gap || request_ != 0 || now < ask_at_ || effects_.size() >= config_.waiting_max) return;
  request_ = ids_.Next();
  log_.ReadHistory({.id = request_,
                    .partition = partition_,
                    .from = next_,
                    .through = held_from_ - 1,
                    .look_back_ms = 0,
                    .from_time_ms = std::nullopt});
}

void OwnerEffects::Produce(TimePoint now) {
  if (now < produce_at_) return;
  for (Effect& effect : effects_) {
    if (in_flight_ >= config_.in_flight_max) return;
    if (effect.stage != Stage::kWaiting) continue;
    effect.stage = Stage::kInFlight;
    effect.id = ids_.Next();
    ++in_flight_;
    log_.Produce(effect.id, partition_, *effect.record);
  }
}

void OwnerEffects::Commit(TimePoint now) {
  const Offset done = effects_.empty() ? next_ : effects_.front().record->offset;
  if (done <= committed_ || !reading_ || (now < commit_at_ && !finishing_)) return;
  committed_ = done;
  commit_at_ = now + config_.commit_interval;
  log_.Commit(partition_, done);
}

}  // namespace parley::router
