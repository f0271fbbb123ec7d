#include "tests/simulation/router_log.h"

#include <algorithm>
#include <utility>

namespace parley::simulation {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRetry{100};
constexpr milliseconds kAnswerTimeout{1000};
constexpr std::size_t kBatchMax = 40;

}  // namespace

RouterLog::RouterLog(Scheduler& scheduler, Dice& dice, Broker& broker, Group& group,
                     Process& process, std::string member, std::int64_t look_back_ms)
    : scheduler_(scheduler),
      dice_(dice),
      broker_(broker),
      group_(group),
      process_(process),
      member_(std::move(member)),
      look_back_ms_(look_back_ms) {}

Duration RouterLog::Latency() {
  return dice_.Between(std::chrono::microseconds(300), milliseconds(dice_.Chance(0.05) ? 200 : 8));
}

RouterLog::Reading* RouterLog::Find(Partition partition, router::RequestId id) {
  const auto found = readings_.find(partition);
  return found != readings_.end() && found->second.id == id ? &found->second : nullptr;
}

void RouterLog::StartReading(Partition partition, router::RequestId reading,
                             std::optional<Offset> at) {
  readings_[partition] = {.id = reading, .at = at};
  process_.After(Latency(), [this, partition, reading] { Begin(partition, reading); });
}

void RouterLog::Begin(Partition partition, router::RequestId id) {
  Reading* reading = Find(partition, id);
  if (reading == nullptr) return;
  if (!broker_.Up(partition)) {
    process_.After(kRetry, [this, partition, id] { Begin(partition, id); });
    return;
  }
  const router::LogBounds bounds = broker_.chatting().Bounds(partition);
  router::ReadingStart start;
  start.partition = partition;
  start.reading = id;
  start.since_ms = scheduler_.NowMs() - look_back_ms_;
  start.from = reading->at.value_or(broker_.chatting().FirstSince(partition, start.since_ms));
  start.from = std::max(start.from, bounds.start);
  if (start.from == bounds.start) start.since_ms = router::Dedupe::kSinceStart;
  start.end = bounds.end;
  reading->next = start.from;
  AwaitMore(partition, *reading);
  core_->OnReading(start, scheduler_.Now());
}

void RouterLog::AwaitMore(Partition partition, const Reading& reading) {
  broker_.AwaitRecord(partition, reading.next,
                      process_.Own([this, partition, id = reading.id] { Fetch(partition, id); }));
}

void RouterLog::Fetch(Partition partition, router::RequestId id) {
  Reading* reading = Find(partition, id);
  if (reading == nullptr) return;
  if (!broker_.Up(partition)) {
    process_.After(kRetry, [this, partition, id] { Fetch(partition, id); });
    return;
  }
  if (reading->next < broker_.chatting().Bounds(partition).start) {
    reading->at = broker_.chatting().Bounds(partition).start;
    Begin(partition, id);
    return;
  }
  const router::BatchPtr batch =
      broker_.chatting().Read(partition, reading->next, 1 + dice_.Below(kBatchMax));
  reading->next = batch->through() + 1;
  AwaitMore(partition, *reading);
  core_->OnBatch(id, batch, scheduler_.Now());
}

void RouterLog::ReadHistory(const router::HistoryRequest& request) {
  process_.After(Latency(), [this, request] { AnswerHistory(request); });
}

void RouterLog::AnswerHistory(const router::HistoryRequest& request) {
  const router::FakeTopic& topic = broker_.chatting();
  router::HistoryChunk chunk;
  chunk.id = request.id;
  chunk.partition = request.partition;
  if (!broker_.Up(request.partition)) {
    process_.After(kAnswerTimeout, [this, chunk] { core_->OnHistory(chunk, scheduler_.Now()); });
    return;
  }
  chunk.bounds = topic.Bounds(request.partition);
  Offset from =
      std::clamp(request.from, chunk.bounds.start, std::max(request.from, chunk.bounds.end));
  const bool known_time = request.from_time_ms || from < chunk.bounds.end;
  if (request.look_back_ms > 0 && known_time) {
    const std::int64_t time_ms =
        request.from_time_ms ? *request.from_time_ms : topic.At(request.partition, from).time_ms;
    chunk.since_ms = time_ms - request.look_back_ms;
    from = std::min(from, topic.FirstSince(request.partition, chunk.since_ms));
    if (from == chunk.bounds.start) chunk.since_ms = router::Dedupe::kSinceStart;
  }
  // Now and then beyond what was asked for, as the reader's chunks go.
  const Offset wanted =
      std::max<Offset>(1, std::min<Offset>(request.through, chunk.bounds.end) + 2 - from);
  chunk.batch = topic.Read(request.partition, from,
                           std::min(1 + dice_.Below(kBatchMax), static_cast<std::size_t>(wanted)));
  core_->OnHistory(chunk, scheduler_.Now());
}

void RouterLog::AskBounds(Partition partition) {
  const bool up = broker_.Up(partition);
  process_.After(up ? Latency() : kAnswerTimeout, [this, partition, up] {
    std::optional<router::LogBounds> bounds;
    if (up) bounds = broker_.chatting().Bounds(partition);
    core_->OnBounds(partition, bounds, scheduler_.Now());
  });
}

void RouterLog::Commit(Partition partition, Offset next) {
  group_.Commit(member_, partition, next);
}

void RouterLog::Produce(router::RequestId id, Partition partition, const router::SetAside& record) {
  process_.After(Latency(), [this, id, partition, record] {
    const bool forward = record.kind == router::SetAside::Kind::kForward;
    const bool up = !forward || broker_.Up(record.partition);
    if (up && forward) {
      broker_.Append(record.partition,
                     {.key = record.key, .value = record.value, .headers = record.headers});
    }
    // The producer may give up on what was stored.
    const bool told = up && !broker_.LosesThisAck();
    process_.After(told ? Latency() : kAnswerTimeout, [this, id, partition, told] {
      core_->OnProduced(partition, id, told, scheduler_.Now());
    });
  });
}

}  // namespace parley::simulation
