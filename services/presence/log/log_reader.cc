#include "services/presence/log/log_reader.h"

#include <exception>
#include <utility>

namespace parley::presence {

struct LogReader::InFlight {
  std::mutex mutex;
  std::condition_variable_any less;
  std::size_t batches = 0;  // Guarded by mutex.

  // False when told to stop meanwhile.
  bool Enter(std::size_t most, const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    if (!less.wait(lock, stop, [&] { return batches < most; })) return false;
    ++batches;
    return true;
  }
  void Leave() {
    const std::lock_guard lock(mutex);
    --batches;
    less.notify_one();
  }
};

namespace {

constexpr Duration kPollTime = std::chrono::milliseconds(100);
constexpr Duration kRetryDelay = std::chrono::milliseconds(500);

void WaitFor(Duration time, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any stopped;
  stopped.wait_for(lock, stop, time, [] { return false; });
}

// What is fetched ahead of a burst lies between what stays, and keeps its pages (docs/adr/0012).
kafka::ClientConfig ForEvents(kafka::ClientConfig client) {
  client.properties.emplace("queued.max.messages.kbytes", "4096");
  return client;
}

}  // namespace

LogReader::LogReader(const kafka::ClientConfig& kafka, LogReaderConfig config, const Clock& clock,
                     rpc::Loop& loop, LogListener& listener, const Logger& logger,
                     prometheus::Registry& registry)
    : config_(config),
      kafka_(ForEvents(kafka)),
      consumer_config_{.kind = kafka::ClientKind::kPresence,
                       .name = "presence",
                       .topic = kafka::kUserConnectionsTopic},
      clock_(clock),
      loop_(loop),
      listener_(listener),
      logger_(logger),
      registry_(registry),
      all_(config.from_beginning),
      in_flight_(std::make_shared<InFlight>()) {
  // Here, so that a bad configuration is told to whoever starts the process.
  consumer_.emplace(kafka_, consumer_config_, logger_, registry_);
  thread_ = std::jthread([this](const std::stop_token& stop) { Work(stop); });
}

LogReader::~LogReader() = default;

void LogReader::Work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      if (!consumer_) consumer_.emplace(kafka_, consumer_config_, logger_, registry_);
      if (Begin()) {
        Read(stop);
        consumer_.reset();
      }
    } catch (const std::exception& error) {
      Lose({error.what()});
    }
    WaitFor(kRetryDelay, stop);
  }
}

// Starts every partition where reading stopped.
bool LogReader::Begin() {
  const std::optional<Partition> partitions = consumer_->CountPartitions(config_.answer_timeout);
  if (!partitions) {
    Lose(NoAnswer("Kafka does not answer at " + kafka_.brokers + ", or has no topic " +
                  consumer_config_.topic + " (`parley topics ensure` makes it)"));
    return false;
  }
  if (!progress_ || progress_->partitions() != *partitions) progress_.emplace(*partitions);
  // All questions first: each would wait behind the fetches of what is being read.
  std::vector<Offset> places;
  for (Partition partition = 0; partition < *partitions; ++partition) {
    const std::optional<Offset> place = PlaceToBegin(partition);
    if (!place) {
      Lose(NoAnswer("Kafka does not answer at " + kafka_.brokers));
      return false;
    }
    places.push_back(*place);
  }
  for (Partition partition = 0; partition < *partitions; ++partition) {
    const auto error = consumer_->Start(partition, places[static_cast<std::size_t>(partition)]);
    if (!error) continue;
    Lose({*error});
    return false;
  }
  looked_at_ = {};
  asked_at_.reset();
  return true;
}

std::optional<Offset> LogReader::PlaceToBegin(Partition partition) {
  const Offset next = progress_->NextOf(partition);
  if (next >= 0) return next;
  if (all_) return kafka::kLogBegin;
  const auto since =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.SinceUnixEpoch() - config_.tail);
  return consumer_->QueryOffsetAt(partition, since.count(), config_.answer_timeout);
}

// False when the consumer is of no more use.
bool LogReader::Again() {
  all_ = true;
  asked_at_.reset();
  loop_.Post([&listener = listener_] { listener.OnStartAgain(); });
  for (Partition partition = 0; partition < progress_->partitions(); ++partition) {
    progress_->StartAgain(partition);
    if (consumer_->Start(partition, kafka::kLogBegin)) return false;
  }
  return true;
}

LogLoss LogReader::NoAnswer(std::string reason) const {
  if (std::optional<std::string> trouble = kafka_.watch->trouble()) {
    return {*std::move(trouble), /*logged=*/true};
  }
  return {std::move(reason)};
}

void LogReader::Read(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (read_all_.exchange(false) && !Again()) return;
    if (!Take(consumer_->Poll(config_.batch_max, kPollTime), stop)) return;
    LookForEnd();
  }
}

// False when the consumer is of no more use.
bool LogReader::Take(const std::vector<kafka::Message>& messages, const std::stop_token& stop) {
  using Kind = kafka::Message::Kind;
  std::vector<ConnectionEvent> events;
  std::size_t unreadable = 0;
  bool usable = true;
  for (const kafka::Message& message : messages) {
    switch (message.kind()) {
      case Kind::kRecord: {
        progress_->ReadTo(message.partition(), message.offset() + 1);
        const RawRecord raw = message.raw();
        auto event = ParseConnectionEvent(raw.value.value_or(std::string_view()));
        if (event) {
          events.push_back(*std::move(event));
        } else {
          ++unreadable;
        }
        break;
      }
      case Kind::kEndOfPartition:
        progress_->ReadTo(message.partition(), message.offset());
        break;
      case Kind::kOutOfRange:
        // Retention took it, or the topic was made anew. Reading some of it twice does no harm.
        logger_.Warn("reading a partition from its beginning again",
                     {{"partition", static_cast<std::int64_t>(message.partition())}});
        progress_->StartAgain(message.partition());
        usable = usable && !consumer_->Start(message.partition(), kafka::kLogBegin);
        break;
      case Kind::kTransient:
        break;
      case Kind::kFatal:
        Lose({message.error()});
        usable = false;
        break;
    }
  }
  if (!events.empty() || unreadable > 0) HandOn(std::move(events), unreadable, stop);
  return usable;
}

void LogReader::HandOn(std::vector<ConnectionEvent> events, std::size_t unreadable,
                       const std::stop_token& stop) {
  if (!in_flight_->Enter(config_.batches_in_flight_max, stop)) return;
  loop_.Post(
      [&listener = listener_, in_flight = in_flight_, events = std::move(events), unreadable] {
        listener.OnEvents(events, unreadable);
        in_flight->Leave();
      });
}

void LogReader::LookForEnd() {
  Confirm();
  const TimePoint now = clock_.Now();
  if (now - looked_at_ < config_.check_interval) return;
  looked_at_ = now;
  if (asked_at_ && now - *asked_at_ > config_.lag_max)
    Lose({"reading " + consumer_config_.topic + " lags"});
  if (asked_at_) return;
  asked_at_ = now;
  if (AskForEnds()) return Confirm();
  asked_at_.reset();
  Lose(NoAnswer("Kafka does not answer at " + kafka_.brokers));
}

bool LogReader::AskForEnds() {
  const auto ends = consumer_->QueryEnds(progress_->partitions(), config_.answer_timeout);
  for (Partition partition = 0; partition < progress_->partitions(); ++partition) {
    progress_->Expect(partition, ends ? ends->at(static_cast<std::size_t>(partition)) : -1);
  }
  return ends.has_value();
}

// Tells when all has been read that the log held when it was asked.
void LogReader::Confirm() {
  if (!asked_at_ || !progress_->AtEnd()) return;
  lost_reason_.clear();
  loop_.Post([&listener = listener_, through = *asked_at_] { listener.OnFollowing(through); });
  asked_at_.reset();
}

void LogReader::Lose(const LogLoss& loss) {
  if (lost_reason_ == loss.reason) return;
  lost_reason_ = loss.reason;
  loop_.Post([&listener = listener_, loss] { listener.OnLost(loss); });
}

}  // namespace parley::presence
