#pragma once

#include <deque>
#include <optional>

#include "services/common/clock.h"
#include "services/router/core_config.h"
#include "services/router/counters.h"
#include "services/router/ports.h"

namespace parley::router {

// What only the owner of a partition does: sends unreadable records to the dead-letter topic and
// misplaced ones to where they belong, in order, from the committed offset on, and commits what has
// had its effect. What lies between the committed offset and what the tail reads is read again;
// effects may repeat after a crash, never go missing. Pure.
class OwnerEffects final {
 public:
  OwnerEffects(Partition partition, const EffectsConfig& config, LogPort& log, RequestIds& ids,
               RouterCounters& counters);

  // Nothing was ever committed: from the start of the log.
  void Begin(std::optional<Offset> committed);
  void End();
  // Begins nothing more: what is in flight ends, and what is done is committed at once. For the
  // rest of its life.
  void Finish(TimePoint now);
  bool finished() const { return !active_ || in_flight_ == 0; }
  // Nothing is produced or committed while it is suspended.
  void Suspend(bool suspended) { suspended_ = suspended; }

  // What the tail reads, in order. Offsets are skipped only where reading began anew.
  void OnTail(const BatchPtr& batch);
  // Where the tail's reading begins.
  void OnReading(Offset from);

  bool Asked(RequestId id) const { return active_ && request_ == id; }
  void OnHistory(const HistoryChunk& chunk, TimePoint now);
  // True when it had produced this.
  bool OnProduced(RequestId id, bool stored, TimePoint now);
  void Tick(TimePoint now);

 private:
  enum class Stage { kWaiting, kInFlight, kStored };

  struct Effect {
    BatchPtr batch;
    const SetAside* record;
    Stage stage = Stage::kWaiting;
    RequestId id = 0;
  };

  void Take(const BatchPtr& batch);
  void TakeHeld();
  void CatchUp(TimePoint now);
  void Produce(TimePoint now);
  void Commit(TimePoint now);
  void Count(const SetAside& record);

  const Partition partition_;
  const EffectsConfig config_;
  LogPort& log_;
  RequestIds& ids_;
  RouterCounters& counters_;

  bool active_ = false;
  bool suspended_ = false;
  bool finishing_ = false;
  Offset next_ = 0;  // Everything before it is in `effects_` or needs nothing.
  std::deque<Effect> effects_;
  std::size_t in_flight_ = 0;
  Offset committed_ = -1;
  TimePoint commit_at_;
  TimePoint produce_at_;

  // What the tail has read beyond a gap: with something set aside, and how far.
  bool reading_ = false;
  Offset held_from_ = 0;
  Offset held_through_ = -1;
  std::deque<BatchPtr> held_;

  RequestId request_ = 0;  // 0: none under way.
  TimePoint ask_at_;
};

}  // namespace parley::router
