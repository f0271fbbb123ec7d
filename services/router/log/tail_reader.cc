#include "services/router/log/tail_reader.h"

#include <algorithm>
#include <chrono>

namespace parley::router {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPollTimeout{100};
constexpr milliseconds kLagInterval{1000};

// Told of the ends of partitions, so that a place without records at the end is no riddle.
kafka::ClientConfig WithEnds(kafka::ClientConfig client) {
  client.properties.emplace("enable.partition.eof", "true");
  return client;
}

}  // namespace

TailReader::TailReader(const kafka::ClientConfig& client, const TailReaderConfig& config,
                       const BatchConfig& batches, BatchGate& gate, const Logger& logger,
                       prometheus::Registry& registry, TailReaderListener& listener)
    : config_(config),
      batches_(batches),
      logger_(logger),
      listener_(listener),
      gate_(gate),
      consumer_(WithEnds(client), {.name = "tail"}, logger_, registry),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

TailReader::~TailReader() {
  thread_.request_stop();
  consumer_.Wake();
}

void TailReader::Start(Partition partition, RequestId reading, Offset from) {
  Push({partition, reading, from});
}

void TailReader::Stop(Partition partition) { Push({partition, 0, std::nullopt}); }

void TailReader::Push(Command command) {
  {
    const std::lock_guard lock(mutex_);
    commands_.push_back(command);
  }
  consumer_.Wake();
}

void TailReader::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Obey();
    for (const kafka::Message& message : consumer_.Poll(config_.poll_records_max, kPollTimeout)) {
      if (!Take(message, stop)) return;
    }
    for (auto& [partition, reading] : readings_) {
      if (reading.builder.covers_any() && !Hand(reading, reading.builder.next() - 1, stop)) return;
    }
    TellLag();
  }
}

void TailReader::Obey() {
  std::vector<Command> commands;
  {
    const std::lock_guard lock(mutex_);
    commands.swap(commands_);
  }
  for (const Command& command : commands) {
    readings_.erase(command.partition);
    if (!command.from) {
      consumer_.Stop(command.partition);
      continue;
    }
    if (const auto error = consumer_.Start(command.partition, *command.from)) {
      logger_.Error("cannot read a partition",
                    {{"partition", std::int64_t{command.partition}}, {"reason", *error}});
      continue;
    }
    readings_.emplace(
        command.partition,
        Reading{command.reading, BatchBuilder(batches_, command.partition, *command.from)});
  }
}

bool TailReader::Take(const kafka::Message& message, const std::stop_token& stop) {
  using Kind = kafka::Message::Kind;
  if (message.kind() == Kind::kFatal) {
    logger_.Error("the tail's Kafka client is of no more use", {{"reason", message.error()}});
    return true;
  }
  const auto found = readings_.find(message.partition());
  if (found == readings_.end()) return true;
  Reading& reading = found->second;
  switch (message.kind()) {
    case Kind::kRecord:
      reading.builder.Add(message.raw());
      if (reading.builder.bytes() < config_.batch_bytes_max) return true;
      return Hand(reading, message.offset(), stop);
    case Kind::kEndOfPartition:
      if (message.offset() <= reading.builder.next()) return true;
      return Hand(reading, message.offset() - 1, stop);
    case Kind::kOutOfRange:
      logger_.Warn(
          "the place to read is not in the log",
          {{"partition", std::int64_t{message.partition()}}, {"offset", reading.builder.next()}});
      listener_.OnOutOfRange(message.partition(), reading.id, reading.builder.next());
      readings_.erase(found);
      return true;
    case Kind::kTransient:
    case Kind::kFatal:
      return true;
  }
  return true;
}

bool TailReader::Hand(Reading& reading, Offset through, const std::stop_token& stop) {
  BatchPtr batch = reading.builder.Take(through);
  if (!gate_.Enter(stop)) return false;
  listener_.OnTailBatch(reading.id, std::move(batch));
  return true;
}

void TailReader::TellLag() {
  const auto now = std::chrono::steady_clock::now();
  if (now - lag_told_ < kLagInterval) return;
  lag_told_ = now;
  std::vector<std::pair<Partition, std::int64_t>> lag;
  for (const auto& [partition, reading] : readings_) {
    const Offset end = consumer_.LastKnownEnd(partition);
    lag.emplace_back(partition, std::max<std::int64_t>(0, end - reading.builder.next()));
  }
  listener_.OnTailLag(std::move(lag));
}

}  // namespace parley::router
