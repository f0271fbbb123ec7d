#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "parley/internal/v1/link.pb.h"
#include "services/common/clock.h"
#include "services/router/core_config.h"
#include "services/router/counters.h"
#include "services/router/dedupe/dedupe.h"
#include "services/router/dedupe/look_back.h"
#include "services/router/effects/owner_effects.h"
#include "services/router/end_watch.h"
#include "services/router/feed/page_reads.h"
#include "services/router/feed/serve.h"
#include "services/router/history/history_scan.h"
#include "services/router/ports.h"
#include "services/router/tail/channel_table.h"
#include "services/router/tail/tail.h"

namespace parley::router {

// One partition at this router. It is read while this router owns it or a gateway asked to be
// served, and for a while after. It begins with a look-back; when it has caught up with the end
// that it saw at the start it is ready and serves. What is read passes the rule of idempotent
// publishing, in order, into the tail; a record whose verdict has to be looked up holds back those
// behind it. Pure.
class PartitionCore final {
 public:
  PartitionCore(Partition partition, const CoreConfig& config, LogPort& log, RequestIds& ids,
                RouterCounters& counters, PageReads::Answer answer);

  Partition number() const { return number_; }
  bool ready() const { return state_ == State::kReady; }
  bool owned() const { return owned_; }
  // Somebody other than an owner is served.
  bool adopted() const { return !owned_ && !serves_.empty(); }

  void Own(std::optional<Offset> committed);
  void Disown();
  void FinishEffects(TimePoint now) { effects_.Finish(now); }
  bool EffectsFinished() const { return effects_.finished(); }
  void AddServe(Serve& serve);
  void RemoveServe(Serve& serve);
  void Read(LinkId link, const internal::v1::Read& request, TimePoint now);
  void ForgetReads(LinkId link) { reads_.Forget(link); }

  void OnReading(const ReadingStart& start, TimePoint now);
  void OnBatch(RequestId reading, const BatchPtr& batch, TimePoint now);
  void OnHistory(const HistoryChunk& chunk, TimePoint now);
  void OnBounds(const std::optional<LogBounds>& bounds, TimePoint now);
  bool OnProduced(RequestId id, bool stored, TimePoint now);
  void Tick(TimePoint now);

  const Tail& tail() const { return tail_; }
  ChannelTable& channels() { return channels_; }
  HistoryScan& history() { return history_; }

 private:
  enum class State { kIdle, kLookingBack, kReady };

  struct Waiting {
    BatchPtr batch;
    std::uint32_t next = 0;  // The entries before it are judged.
  };

  void StartReading(std::optional<Offset> at);
  void StopReading();
  // Judges what waits, until a verdict has to be looked up.
  void Drain(TimePoint now);
  // False when it has to be looked up.
  bool Take(Waiting& waiting);
  void LookUp(TimePoint now);
  void BecomeReady();
  // Something says that the log was there up to `place`.
  void ExpectLogTo(Offset place);
  void Settle(TimePoint now);

  const Partition number_;
  const CoreConfig config_;
  LogPort& log_;
  RequestIds& ids_;
  RouterCounters& counters_;

  State state_ = State::kIdle;
  bool owned_ = false;
  std::vector<Serve*> serves_;
  std::optional<TimePoint> unneeded_since_;
  RequestId reading_ = 0;  // 0: stopped.
  bool begun_ = false;     // The reading has been answered.
  Offset ready_at_ = 0;
  Offset log_end_ = 0;    // When reading began.
  Offset read_to_ = 0;    // The next offset that the reader will bring.
  Offset committed_ = 0;  // By an owner, when this router became the owner.

  ChannelTable channels_;
  Tail tail_;
  Dedupe dedupe_;
  LookBack look_back_;
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  HistoryScan history_;
  PageReads reads_;
  OwnerEffects effects_;
  EndWatch end_watch_;
};

using Partitions = std::vector<std::unique_ptr<PartitionCore>>;

// Null when the log has no such partition.
inline PartitionCore* Find(const Partitions& partitions, Partition partition) {
  const auto index = static_cast<std::size_t>(partition);
  return partition >= 0 && index < partitions.size() ? partitions[index].get() : nullptr;
}

}  // namespace parley::router
