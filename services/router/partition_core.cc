#include "services/router/partition_core.h"

#include <algorithm>
#include <utility>

#include "services/common/plant.h"

namespace parley::router {

PartitionCore::PartitionCore(Partition partition, const CoreConfig& config, LogPort& log,
                             RequestIds& ids, RouterCounters& counters, PageReads::Answer answer)
    : number_(partition),
      config_(config),
      log_(log),
      ids_(ids),
      counters_(counters),
      tail_(config.tail, channels_),
      dedupe_(config.dedupe),
      look_back_(partition, config.history, log, ids, counters),
      history_(partition, config.dedupe, config.history, log, ids, counters),
      reads_(partition, config.read, tail_, history_, log, counters, std::move(answer)),
      effects_(partition, config.effects, log, ids, counters),
      end_watch_(partition, config.end_watch, log, ids) {}

void PartitionCore::Own(std::optional<Offset> committed) {
  if (owned_) return;
  owned_ = true;
  committed_ = committed.value_or(0);
  effects_.Begin(committed);
  if (state_ == State::kIdle) StartReading(std::nullopt);
  if (begun_) ExpectLogTo(committed_);
}

void PartitionCore::Disown() {
  owned_ = false;
  effects_.End();
}

void PartitionCore::AddServe(Serve& serve) {
  serves_.push_back(&serve);
  if (state_ == State::kIdle) StartReading(std::nullopt);
  if (begun_) ExpectLogTo(serve.begins_at());
  if (ready()) serve.OnAdvance();
}

void PartitionCore::RemoveServe(Serve& serve) { std::erase(serves_, &serve); }

void PartitionCore::Read(LinkId link, const internal::v1::Read& request, TimePoint now) {
  reads_.Ask(link, request, ready(), now);
  Settle(now);
}

void PartitionCore::StartReading(std::optional<Offset> at) {
  if (state_ == State::kIdle) state_ = State::kLookingBack;
  reading_ = ids_.Next();
  begun_ = false;
  log_.StartReading(number_, reading_, at);
}

void PartitionCore::StopReading() {
  log_.StopReading(number_);
  state_ = State::kIdle;
  reading_ = 0;
  look_back_.Abandon();
  waiting_.clear();
  waiting_bytes_ = 0;
  tail_.Restart(0);
  dedupe_.Restart(0, Dedupe::kSinceStart);
}

void PartitionCore::OnReading(const ReadingStart& start, TimePoint now) {
  if (start.reading != reading_) return;
  const Offset read_before = read_to_;
  effects_.OnReading(start.from);
  const bool continues = begun_ == false && state_ == State::kReady && start.from == read_to_;
  begun_ = true;
  if (!continues) {
    // A first start, or a place where there is a gap: what was known before does not connect.
    look_back_.Abandon();
    waiting_.clear();
    waiting_bytes_ = 0;
    tail_.Restart(start.from);
    dedupe_.Restart(start.from, start.since_ms);
    read_to_ = start.from;
  }
  log_end_ = start.end;
  ExpectLogTo(read_before);
  if (owned_) ExpectLogTo(committed_);
  for (const Serve* serve : serves_) ExpectLogTo(serve->begins_at());
  if (state_ != State::kReady) {
    ready_at_ = start.end;
    if (tail_.end() >= ready_at_) BecomeReady();
  } else {
    for (Serve* serve : serves_) serve->OnAdvance();
  }
  Settle(now);
}

void PartitionCore::OnBatch(RequestId reading, const BatchPtr& batch, TimePoint now) {
  if (reading != reading_ || !begun_) return;
  counters_.records += batch->entries().size() + batch->set_aside().size();
  counters_.skipped += batch->skipped();
  read_to_ = batch->through() + 1;
  effects_.OnTail(batch);
  waiting_.push_back({batch});
  waiting_bytes_ += batch->memory();
  Drain(now);
  if (waiting_bytes_ > config_.waiting_bytes_max) {
    ++counters_.readings_interrupted;
    log_.StopReading(number_);
    reading_ = 0;
  }
  Settle(now);
}

void PartitionCore::Drain(TimePoint now) {
  if (look_back_.active()) return;
  const Offset end_before = tail_.end();
  while (!waiting_.empty()) {
    Waiting& first = waiting_.front();
    if (!Take(first)) {
      LookUp(now);
      break;
    }
    tail_.Advance(first.batch->through() + 1);
    waiting_bytes_ -= first.batch->memory();
    waiting_.pop_front();
  }
  if (waiting_.empty() && reading_ == 0 && state_ == State::kReady) StartReading(read_to_);
  if (state_ == State::kLookingBack) {
    if (tail_.end() >= ready_at_) BecomeReady();
  } else if (tail_.end() > end_before) {
    for (Serve* serve : serves_) serve->OnAdvance();
  }
}

bool PartitionCore::Take(Waiting& waiting) {
  const std::vector<BatchEntry>& entries = waiting.batch->entries();
  for (; waiting.next < entries.size(); ++waiting.next) {
    const BatchEntry& record = entries[waiting.next];
    switch (dedupe_.Judge(record)) {
      case Verdict::kFirst:
        tail_.Add(waiting.batch, waiting.next);
        break;
      case Verdict::kDuplicate:
        ++counters_.duplicates;
        break;
      case Verdict::kUnknown:
        if (state_ == State::kReady) {
          tail_.Advance(record.offset);
          return false;
        }
        // Part of the look-back; who wants it gets it from history.
        tail_.Restart(record.offset + 1);
        break;
    }
    if (Planted("skip-look-back") && state_ != State::kReady) continue;
    dedupe_.Learn(record);
  }
  return true;
}

void PartitionCore::LookUp(TimePoint now) {
  std::vector<BatchEntry> unknown;
  for (const Waiting& waiting : waiting_) {
    const std::vector<BatchEntry>& entries = waiting.batch->entries();
    for (std::size_t i = waiting.next; i < entries.size(); ++i) {
      if (unknown.size() >= config_.history.look_back_prints_max) break;
      if (dedupe_.Judge(entries[i]) == Verdict::kUnknown) unknown.push_back(entries[i]);
    }
  }
  look_back_.Start(unknown, dedupe_, now);
}

void PartitionCore::ExpectLogTo(Offset place) {
  end_watch_.Compare(place, std::max(log_end_, read_to_));
  effects_.Suspend(end_watch_.suspects());
}

void PartitionCore::BecomeReady() {
  state_ = State::kReady;
  for (Serve* serve : serves_) serve->OnAdvance();
}

void PartitionCore::OnHistory(const HistoryChunk& chunk, TimePoint now) {
  if (look_back_.Asked(chunk.id)) {
    if (look_back_.OnHistory(chunk, dedupe_, now)) Drain(now);
  } else if (effects_.Asked(chunk.id)) {
    effects_.OnHistory(chunk, now);
  } else if (end_watch_.Asked(chunk.id)) {
    if (end_watch_.OnHistory(chunk, now)) ++counters_.logs_recreated;
    effects_.Suspend(end_watch_.suspects());
  } else {
    history_.OnHistory(chunk, now);
  }
  Settle(now);
}

void PartitionCore::OnBounds(const std::optional<LogBounds>& bounds, TimePoint now) {
  reads_.OnBounds(bounds, ready());
  Settle(now);
}

bool PartitionCore::OnProduced(RequestId id, bool stored, TimePoint now) {
  return effects_.OnProduced(id, stored, now);
}

void PartitionCore::Tick(TimePoint now) {
  if (look_back_.Tick(dedupe_, now)) Drain(now);
  reads_.Tick(now);
  end_watch_.Tick(now);
  effects_.Tick(now);
  if (owned_ || !serves_.empty() || state_ == State::kIdle) {
    unneeded_since_.reset();
  } else if (!unneeded_since_) {
    unneeded_since_ = now;
  } else if (now - *unneeded_since_ >= config_.linger) {
    StopReading();
  }
  Settle(now);
}

void PartitionCore::Settle(TimePoint now) { history_.Run(now); }

}  // namespace parley::router
