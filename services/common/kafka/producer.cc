#include "services/common/kafka/producer.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <iterator>
#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "services/common/kafka/conf.h"
#include "services/common/kafka/pending_record.h"
#include "services/common/kafka/timeouts.h"

namespace parley::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Pending = std::unique_ptr<PendingRecord>;

constexpr milliseconds kPollInterval{50};
constexpr seconds kFarewell{1};
// While a fatal producer is replaced nothing bounds its successor's queue but these; librdkafka's
// own limits are equal.
constexpr std::size_t kRecordsMax = 50'000;
constexpr std::size_t kBytesMax = 64 * 1024 * 1024;
// How long the answers to what a fatal producer has sent are awaited.
constexpr seconds kLastAnswers{1};
constexpr seconds kReplaceInterval{1};
// How long delivery reports may wait for the answer about topics, and how often it is asked for.
constexpr milliseconds kTopicsTimeout{500};
constexpr seconds kTopicsInterval{1};
// A record older than this is not repeated but reported: its sender has given up.
constexpr seconds kRepeatAgeMax{10};

TimePoint Now() { return std::chrono::steady_clock::now(); }

}  // namespace

struct Producer::State {
  // One client of librdkafka with its open topics.
  struct Connection {
    ClientPtr client;
    std::map<std::string, TopicPtr, std::less<>> topics;
  };

  State(const ClientConfig& client_config, const std::vector<std::string>& topics,
        const Logger& parent, prometheus::Registry& registry);

  Accepted Accept(OutgoingRecord record, Done done);
  bool WaitUntilIdle(Duration timeout);

  // Of the producer's thread.
  void Run();
  void OnDelivered(const rd_kafka_message_t& report);
  void Report(Pending pending, const Delivery& delivery);
  void ReportRefused();
  void ReportUnsent(Pending pending, const char* reason);
  void NoticeStart();
  void RefreshTopics();
  bool IsFatal() const;
  bool LostToFatality(rd_kafka_resp_err_t error) const;
  void ReplaceClient();
  void DrainFatalClient();
  void Abandon();

  Connection Connect();
  std::size_t SentCount();
  rd_kafka_resp_err_t SendLocked(PendingRecord& pending);
  void PlaceLocked(Pending pending, rd_kafka_resp_err_t error);
  std::vector<Pending> RepeatLocked();

  const ClientConfig config;
  const std::vector<std::string> topics_at_start;
  const Logger logger;
  ClientMetrics metrics;
  ClientCallbacks callbacks;
  std::atomic<bool> connected = false;
  std::atomic<bool> ending = false;
  std::atomic<bool> topics_stale = false;

  // Of the producer's thread.
  bool started = false;
  TimePoint replaced_at{};
  TimePoint refreshed_at{};
  std::vector<Pending> to_repeat;

  std::mutex mutex;
  std::condition_variable idle;
  // Guarded by `mutex`; only the producer's thread replaces the connection.
  bool stopping = false;
  bool replacing = false;
  std::uint64_t next_sequence = 0;
  std::size_t accepted = 0;  // And not reported yet.
  std::size_t accepted_bytes = 0;
  std::size_t sent = 0;                                          // In librdkafka's hands.
  std::vector<Pending> waiting;                                  // For the next client.
  std::vector<std::pair<Pending, rd_kafka_resp_err_t>> refused;  // By librdkafka, at once.
  Connection connection;
};

Producer::State::State(const ClientConfig& client_config, const std::vector<std::string>& topics,
                       const Logger& parent, prometheus::Registry& registry)
    : config(client_config),
      topics_at_start(topics),
      logger(parent),
      metrics(registry, "producer") {
  callbacks.logger = &logger;
  callbacks.metrics = &metrics;
  callbacks.statistics = [this](int brokers_up) { connected = brokers_up > 0; };
  callbacks.error = [this](rd_kafka_resp_err_t error, std::string_view) {
    if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) connected = false;
  };
  callbacks.delivered = [this](const rd_kafka_message_t& report) { OnDelivered(report); };
  connection = Connect();
}

Producer::State::Connection Producer::State::Connect() {
  Connection made;
  made.client = MakeClient(ClientKind::kProducer, config, callbacks);
  for (const std::string& topic : topics_at_start) {
    made.topics.emplace(topic, OpenTopic(made.client.get(), topic.c_str()));
  }
  return made;
}

Accepted Producer::State::Accept(OutgoingRecord record, Done done) {
  auto pending = std::make_unique<PendingRecord>();
  pending->accepted_at = Now();
  pending->record = std::move(record);
  pending->done = std::move(done);
  const std::size_t bytes = pending->bytes();

  const std::lock_guard lock(mutex);
  if (stopping) return Accepted::kStopping;
  if (replacing && (accepted >= kRecordsMax || accepted_bytes + bytes > kBytesMax)) {
    return Accepted::kQueueFull;
  }
  pending->sequence = next_sequence++;
  const rd_kafka_resp_err_t error = SendLocked(*pending);
  if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) return Accepted::kQueueFull;
  ++accepted;
  accepted_bytes += bytes;
  PlaceLocked(std::move(pending), error);
  return Accepted::kYes;
}

rd_kafka_resp_err_t Producer::State::SendLocked(PendingRecord& pending) {
  if (replacing) return RD_KAFKA_RESP_ERR__FATAL;
  auto topic = connection.topics.find(pending.record.topic);
  if (topic == connection.topics.end()) {
    TopicPtr opened(
        rd_kafka_topic_new(connection.client.get(), pending.record.topic.c_str(), nullptr));
    if (!opened) return rd_kafka_last_error();
    topic = connection.topics.emplace(pending.record.topic, std::move(opened)).first;
  }
  const rd_kafka_resp_err_t error = Send(connection.client.get(), topic->second.get(), pending);
  // A fatal client refuses with the cause of its end.
  return error != RD_KAFKA_RESP_ERR_NO_ERROR && IsFatal() ? RD_KAFKA_RESP_ERR__FATAL : error;
}

// Puts an accepted record where librdkafka's answer says.
void Producer::State::PlaceLocked(Pending pending, rd_kafka_resp_err_t error) {
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++sent;
    static_cast<void>(pending.release());  // Comes back in its delivery report.
  } else if (error == RD_KAFKA_RESP_ERR__FATAL) {
    replacing = true;
    waiting.push_back(std::move(pending));
  } else {
    refused.emplace_back(std::move(pending), error);
  }
}

bool Producer::State::WaitUntilIdle(Duration timeout) {
  std::unique_lock lock(mutex);
  return idle.wait_for(lock, timeout, [this] { return accepted == 0; });
}

void Producer::State::Run() {
  while (!ending) {
    rd_kafka_poll(connection.client.get(), WholeMs(kPollInterval));
    ReportRefused();
    if (!started) NoticeStart();
    if (topics_stale && Now() - refreshed_at >= kTopicsInterval) RefreshTopics();
    if (IsFatal() && Now() - replaced_at >= kReplaceInterval) ReplaceClient();
  }
  Abandon();
}

void Producer::State::OnDelivered(const rd_kafka_message_t& report) {
  Pending pending(static_cast<PendingRecord*>(report._private));
  {
    const std::lock_guard lock(mutex);
    --sent;
  }
  if (!ending && LostToFatality(report.err)) {
    pending->maybe_stored |= rd_kafka_message_status(&report) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED;
    MarkRepeated(pending->record);
    to_repeat.push_back(std::move(pending));
    return;
  }
  if (report.err == RD_KAFKA_RESP_ERR_NO_ERROR) connected = true;
  const Delivery delivery = ToDelivery(report, *pending);
  Report(std::move(pending), delivery);
}

void Producer::State::Report(Pending pending, const Delivery& delivery) {
  pending->done(delivery);
  pending->done = nullptr;
  const std::lock_guard lock(mutex);
  accepted_bytes -= pending->bytes();
  if (--accepted == 0) idle.notify_all();
}

void Producer::State::ReportRefused() {
  std::vector<std::pair<Pending, rd_kafka_resp_err_t>> records;
  {
    const std::lock_guard lock(mutex);
    records.swap(refused);
  }
  for (auto& [pending, error] : records) ReportUnsent(std::move(pending), rd_kafka_err2str(error));
}

// The last attempt did not reach a broker; an earlier one may have.
void Producer::State::ReportUnsent(Pending pending, const char* reason) {
  const auto outcome = pending->maybe_stored ? StoreOutcome::kUnknown : StoreOutcome::kNotStored;
  Report(std::move(pending), {outcome, -1, reason});
}

// Statistics come too seldom to tell a starting process that Kafka is there.
void Producer::State::NoticeStart() {
  started = connected || rd_kafka_controllerid(connection.client.get(), 0) >= 0;
  if (started) connected = true;
}

// librdkafka takes in what a broker answers about the topics that it has open.
void Producer::State::RefreshTopics() {
  refreshed_at = Now();
  topics_stale = false;
  const rd_kafka_metadata_t* answer = nullptr;
  rd_kafka_metadata(connection.client.get(), 0, nullptr, &answer, WholeMs(kTopicsTimeout));
  const MetadataPtr topics(answer);
  const bool known = topics && std::all_of(topics->topics, topics->topics + topics->topic_cnt,
                                           [](const rd_kafka_metadata_topic_t& topic) {
                                             return topic.err == RD_KAFKA_RESP_ERR_NO_ERROR;
                                           });
  if (!known) topics_stale = true;
}

bool Producer::State::IsFatal() const {
  return rd_kafka_fatal_error(connection.client.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

bool Producer::State::LostToFatality(rd_kafka_resp_err_t error) const {
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  const rd_kafka_resp_err_t cause = rd_kafka_fatal_error(connection.client.get(), nullptr, 0);
  if (cause == RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  return error == cause || error == RD_KAFKA_RESP_ERR__FATAL ||
         error == RD_KAFKA_RESP_ERR__PURGE_QUEUE || error == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
}

void Producer::State::ReplaceClient() {
  std::array<char, 256> reason{};
  rd_kafka_fatal_error(connection.client.get(), reason.data(), reason.size());
  logger.Warn("the producer turned fatal and is replaced", {{"reason", reason.data()}});
  {
    const std::lock_guard lock(mutex);
    replacing = true;
  }
  replaced_at = Now();
  DrainFatalClient();
  if (ending) return;
  Connection fresh;
  try {
    fresh = Connect();
  } catch (const std::runtime_error& error) {
    logger.Error("the producer cannot be replaced yet", {{"reason", error.what()}});
    return;
  }
  std::vector<Pending> too_old;
  {
    const std::lock_guard lock(mutex);
    std::swap(connection, fresh);
    replacing = false;
    too_old = RepeatLocked();
  }
  for (Pending& pending : too_old) ReportUnsent(std::move(pending), "the producer turned fatal");
}

// Waits for the answers to what was sent, and takes the rest back.
void Producer::State::DrainFatalClient() {
  const Deadline answers(kLastAnswers);
  while (!ending && SentCount() > 0) {
    if (answers.over()) {
      rd_kafka_purge(connection.client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    }
    rd_kafka_poll(connection.client.get(), WholeMs(kPollInterval));
  }
}

// Sends what the fatal client left, in the order of acceptance. Returns what is too old for it.
std::vector<Pending> Producer::State::RepeatLocked() {
  std::vector<Pending> records = std::exchange(to_repeat, {});
  std::ranges::move(std::exchange(waiting, {}), std::back_inserter(records));
  std::ranges::sort(records, {}, [](const Pending& pending) { return pending->sequence; });
  std::vector<Pending> too_old;
  for (Pending& pending : records) {
    if (Now() - pending->accepted_at > kRepeatAgeMax) {
      too_old.push_back(std::move(pending));
      continue;
    }
    const rd_kafka_resp_err_t error = SendLocked(*pending);
    PlaceLocked(std::move(pending), error);
  }
  return too_old;
}

std::size_t Producer::State::SentCount() {
  const std::lock_guard lock(mutex);
  return sent;
}

void Producer::State::Abandon() {
  while (SentCount() > 0) {
    rd_kafka_purge(connection.client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_poll(connection.client.get(), WholeMs(kPollInterval));
  }
  ReportRefused();
  std::vector<Pending> rest = std::exchange(to_repeat, {});
  {
    const std::lock_guard lock(mutex);
    std::ranges::move(std::exchange(waiting, {}), std::back_inserter(rest));
  }
  for (Pending& pending : rest) ReportUnsent(std::move(pending), "the producer stops");
}

Producer::Producer(const ClientConfig& config, const std::vector<std::string>& topics,
                   const Logger& logger, prometheus::Registry& registry)
    : state_(std::make_unique<State>(config, topics, logger, registry)),
      thread_([this] { state_->Run(); }) {}

Producer::~Producer() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  Flush(kFarewell);
  state_->ending = true;
  thread_.join();
}

Accepted Producer::Produce(OutgoingRecord record, Done done) {
  return state_->Accept(std::move(record), std::move(done));
}

void Producer::Refresh() { state_->topics_stale = true; }

bool Producer::Flush(Duration timeout) { return state_->WaitUntilIdle(timeout); }

bool Producer::connected() const { return state_->connected; }

}  // namespace parley::kafka
