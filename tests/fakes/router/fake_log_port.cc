#include "tests/fakes/router/fake_log_port.h"

#include <algorithm>

namespace parley::router {

void FakeLogPort::StartReading(Partition partition, RequestId reading, std::optional<Offset> at) {
  tails_[partition] = {.id = reading, .at = at};
}

void FakeLogPort::ReadHistory(const HistoryRequest& request) {
  ++history_requests_;
  history_.push_back(request);
}

void FakeLogPort::Produce(RequestId id, Partition partition, const SetAside& record) {
  produced_.push_back({id, partition, record});
}

bool FakeLogPort::Step(RouterCore& core, std::mt19937& random, std::size_t batch_max,
                       std::int64_t now_ms, TimePoint now) {
  std::vector<std::function<bool()>> steps;
  if (!tail_corked_) {
    for (const auto& [partition, reading] : tails_) {
      steps.push_back(
          [&, number = partition] { return StepTail(core, number, batch_max, now_ms, now); });
    }
  }
  if (!history_.empty() && !history_corked_) {
    steps.push_back([&] { return StepHistory(core, batch_max, now), true; });
  }
  if (!bounds_.empty()) steps.push_back([&] { return StepBounds(core, now), true; });
  if (!produced_.empty()) steps.push_back([&] { return StepProduce(core, now_ms, now), true; });
  std::shuffle(steps.begin(), steps.end(), random);
  return std::any_of(steps.begin(), steps.end(), [](const auto& step) { return step(); });
}

bool FakeLogPort::StepTail(RouterCore& core, Partition partition, std::size_t batch_max,
                           std::int64_t now_ms, TimePoint now) {
  TailReading& reading = tails_.at(partition);
  const LogBounds bounds = topic_.Bounds(partition);
  const bool recreated = reading.begun && reading.next > bounds.end;
  const bool out_of_range = recreated || (reading.begun && reading.next < bounds.start);
  if (recreated) reading.at.reset();
  if (!reading.begun || out_of_range) {
    ReadingStart start;
    start.partition = partition;
    start.reading = reading.id;
    start.since_ms = now_ms - look_back_ms_;
    start.from = out_of_range && !recreated
                     ? bounds.start
                     : reading.at.value_or(topic_.FirstSince(partition, start.since_ms));
    start.from = std::max(start.from, bounds.start);
    if (start.from == bounds.start) start.since_ms = Dedupe::kSinceStart;
    start.end = bounds.end;
    reading.begun = true;
    reading.next = start.from;
    core.OnReading(start, now);
    return true;
  }
  if (reading.next >= bounds.end) return false;
  const BatchPtr batch = topic_.Read(partition, reading.next, batch_max);
  reading.next = batch->through() + 1;
  core.OnBatch(reading.id, batch, now);
  return true;
}

void FakeLogPort::StepHistory(RouterCore& core, std::size_t batch_max, TimePoint now) {
  const HistoryRequest request = history_.front();
  history_.pop_front();
  HistoryChunk chunk;
  chunk.id = request.id;
  chunk.partition = request.partition;
  chunk.bounds = topic_.Bounds(request.partition);
  if (history_failures_ > 0) {
    --history_failures_;
    core.OnHistory(chunk, now);
    return;
  }
  Offset from =
      std::clamp(request.from, chunk.bounds.start, std::max(request.from, chunk.bounds.end));
  const bool known_time = request.from_time_ms || from < chunk.bounds.end;
  if (request.look_back_ms > 0 && known_time) {
    const std::int64_t time_ms =
        request.from_time_ms ? *request.from_time_ms : topic_.At(request.partition, from).time_ms;
    chunk.since_ms = time_ms - request.look_back_ms;
    from = std::min(from, topic_.FirstSince(request.partition, chunk.since_ms));
    if (from == chunk.bounds.start) chunk.since_ms = Dedupe::kSinceStart;
  }
  // Now and then beyond what was asked for, as the reader's chunks go.
  const Offset wanted =
      std::max<Offset>(1, std::min<Offset>(request.through, chunk.bounds.end) + 2 - from);
  chunk.batch =
      topic_.Read(request.partition, from, std::min(batch_max, static_cast<std::size_t>(wanted)));
  core.OnHistory(chunk, now);
}

void FakeLogPort::StepBounds(RouterCore& core, TimePoint now) {
  const Partition partition = bounds_.front();
  bounds_.pop_front();
  core.OnBounds(partition, topic_.Bounds(partition), now);
}

void FakeLogPort::StepProduce(RouterCore& core, std::int64_t now_ms, TimePoint now) {
  const Produced produced = produced_.front();
  produced_.pop_front();
  const bool stored = produce_failures_ == 0;
  if (!stored) --produce_failures_;
  if (stored && produced.record.kind == SetAside::Kind::kDeadLetter) {
    group_.dead_letters.emplace_back(produced.partition, produced.record.offset);
  } else if (stored) {
    topic_.Append(produced.record.partition, {.key = produced.record.key,
                                              .value = produced.record.value,
                                              .headers = produced.record.headers,
                                              .time_ms = now_ms});
  }
  core.OnProduced(produced.partition, produced.id, stored, now);
}

}  // namespace parley::router
