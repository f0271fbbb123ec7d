#include "services/router/log/history_reader.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "services/router/dedupe/dedupe.h"

namespace parley::router {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPollTimeout{100};
constexpr std::size_t kPollRecordsMax = 500;
// After so long without a request nothing is held ready any more.
constexpr milliseconds kIdle{5000};

kafka::ClientConfig ForHistory(kafka::ClientConfig client) {
  client.properties.emplace("enable.partition.eof", "true");
  client.properties.emplace("queued.max.messages.kbytes", "4096");
  // A broker answers a connection's requests in turn: behind a fetch at a partition's end, each
  // question would wait for so long. Nothing is held open there but for a moment.
  client.properties.emplace("fetch.wait.max.ms", "10");
  return client;
}

LogBounds BoundsOf(const kafka::Watermarks& marks) { return {marks.low, marks.high}; }

}  // namespace

HistoryReader::HistoryReader(const kafka::ClientConfig& client, const HistoryReaderConfig& config,
                             const BatchConfig& batches, const Clock& clock, const Logger& logger,
                             prometheus::Registry& registry, HistoryReaderListener& listener)
    : config_(config),
      batches_(batches),
      clock_(clock),
      logger_(logger),
      listener_(listener),
      consumer_(ForHistory(client), {.name = "history"}, logger_, registry),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

HistoryReader::~HistoryReader() {
  thread_.request_stop();
  consumer_.Wake();
}

void HistoryReader::FindStart(const TailStart& start) {
  ForgetStart(start.partition);
  // Gateways wait for it, so it goes before the reading of the past.
  const std::lock_guard lock(mutex_);
  jobs_.push_front(start);
  changed_.notify_one();
}

void HistoryReader::ForgetStart(Partition partition) {
  const std::lock_guard lock(mutex_);
  std::erase_if(jobs_, [partition](const Job& job) {
    const TailStart* start = std::get_if<TailStart>(&job);
    return start != nullptr && start->partition == partition;
  });
}

void HistoryReader::Read(const HistoryRequest& request) { Push(request); }

void HistoryReader::FindBounds(Partition partition) { Push(partition); }

void HistoryReader::Push(Job job) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
  changed_.notify_one();
}

std::optional<HistoryReader::Job> HistoryReader::Next(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, stop, kIdle, [this] { return !jobs_.empty(); })) return std::nullopt;
  Job job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

void HistoryReader::Run(const std::stop_token& stop) {
  stop_ = stop;
  while (!stop.stop_requested()) {
    if (const std::optional<Job> job = Next(stop)) {
      std::visit([this](const auto& what) { Do(what); }, *job);
    } else {
      StopReading();
    }
  }
}

void HistoryReader::Do(const TailStart& start) {
  StopReading();
  const std::optional<kafka::Watermarks> marks =
      consumer_.QueryWatermarks(start.partition, config_.answer_timeout);
  const std::int64_t now_ms =
      std::chrono::duration_cast<milliseconds>(clock_.SinceUnixEpoch()).count();
  std::optional<Offset> from;
  ReadingStart found{.partition = start.partition, .reading = start.reading, .since_ms = now_ms};
  if (marks && start.at && *start.at <= marks->high) {
    from = std::max(*start.at, marks->low);
  } else if (marks) {
    found.since_ms = now_ms - config_.look_back.count();
    from = consumer_.QueryOffsetAt(start.partition, found.since_ms, config_.answer_timeout);
  }
  if (!from) {
    std::unique_lock lock(mutex_);
    const bool replaced = std::any_of(jobs_.begin(), jobs_.end(), [&](const Job& job) {
      const TailStart* later = std::get_if<TailStart>(&job);
      return later != nullptr && later->partition == start.partition;
    });
    if (!replaced) jobs_.push_back(start);
    changed_.wait_for(lock, stop_, config_.retry_interval, [] { return false; });
    return;
  }
  found.from = *from;
  found.end = marks->high;
  if (found.from <= marks->low) found.since_ms = Dedupe::kSinceStart;
  listener_.OnTailStart(found);
}

void HistoryReader::Do(Partition partition) {
  StopReading();
  const std::optional<kafka::Watermarks> marks =
      consumer_.QueryWatermarks(partition, config_.answer_timeout);
  listener_.OnLogBounds(partition, marks ? std::optional(BoundsOf(*marks)) : std::nullopt);
}

void HistoryReader::Do(const HistoryRequest& request) {
  HistoryChunk chunk;
  chunk.id = request.id;
  chunk.partition = request.partition;
  const bool goes_on = started_ == request.partition && position_ == request.from;
  if (!goes_on) StopReading();
  const std::optional<kafka::Watermarks> marks =
      consumer_.QueryWatermarks(request.partition, config_.answer_timeout);
  if (marks) {
    chunk.bounds = BoundsOf(*marks);
    std::optional<Offset> from = std::max(request.from, marks->low);
    if (request.look_back_ms > 0) from = LookBack(request, *from, chunk);
    if (from) chunk.batch = ReadChunk(request.partition, *from, request.through, marks->high);
  }
  listener_.OnChunk(std::move(chunk));
}

std::optional<Offset> HistoryReader::LookBack(const HistoryRequest& request, Offset from,
                                              HistoryChunk& chunk) {
  std::optional<std::int64_t> time_ms = request.from_time_ms;
  if (!time_ms && from >= chunk.bounds.end) return from;
  if (!time_ms) time_ms = TimeAt(request.partition, from);
  if (!time_ms) return std::nullopt;
  chunk.since_ms = *time_ms - request.look_back_ms;
  const std::optional<Offset> found =
      consumer_.QueryOffsetAt(request.partition, chunk.since_ms, config_.answer_timeout);
  if (!found) return std::nullopt;
  const Offset start = std::min(from, *found);
  if (start <= chunk.bounds.start) chunk.since_ms = Dedupe::kSinceStart;
  return start;
}

std::optional<std::int64_t> HistoryReader::TimeAt(Partition partition, Offset offset) {
  const auto deadline = clock_.Now() + config_.silence_max;
  while (clock_.Now() < deadline && !stop_.stop_requested()) {
    for (const kafka::Message& message : PollAt(partition, offset)) {
      if (message.kind() == kafka::Message::Kind::kRecord && message.offset() >= offset) {
        const std::int64_t time_ms = message.raw().time_ms;
        // The rest of this poll is gone, so the next read begins anew.
        StopReading();
        return time_ms;
      }
    }
  }
  return std::nullopt;
}

BatchPtr HistoryReader::ReadChunk(Partition partition, Offset from, Offset through, Offset end) {
  BatchBuilder builder(batches_, partition, from);
  auto deadline = clock_.Now() + config_.silence_max;
  bool at_end = from >= end;
  while (!at_end && builder.next() < end && builder.next() <= through &&
         builder.records() < config_.chunk_records_max &&
         builder.bytes() < config_.chunk_bytes_max) {
    if (clock_.Now() >= deadline || stop_.stop_requested()) {
      StopReading();
      return builder.covers_any() ? builder.Take(builder.next() - 1) : nullptr;
    }
    for (const kafka::Message& message : PollAt(partition, builder.next())) {
      if (message.kind() == kafka::Message::Kind::kRecord) {
        builder.Add(message.raw());
        position_ = message.offset() + 1;
        deadline = clock_.Now() + config_.silence_max;
      } else if (message.kind() == kafka::Message::Kind::kEndOfPartition) {
        at_end = true;
        end = std::max(end, message.offset());
      } else if (message.kind() == kafka::Message::Kind::kOutOfRange) {
        StopReading();
        return nullptr;
      }
    }
  }
  return builder.Take(at_end ? end - 1 : builder.next() - 1);
}

// Polls the partition from there on; goes on where the last poll ended when that is the same place.
std::vector<kafka::Message> HistoryReader::PollAt(Partition partition, Offset from) {
  if (started_ != partition || position_ != from) {
    StopReading();
    if (const auto error = consumer_.Start(partition, from)) {
      logger_.Error("cannot read a partition",
                    {{"partition", std::int64_t{partition}}, {"reason", *error}});
      return {};
    }
    started_ = partition;
    position_ = from;
  }
  return consumer_.Poll(kPollRecordsMax, kPollTimeout);
}

void HistoryReader::StopReading() {
  if (started_) consumer_.Stop(*started_);
  started_.reset();
}

}  // namespace parley::router
