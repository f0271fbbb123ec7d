#include "services/common/kafka/topics.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>

#include "services/common/kafka/admin.h"
#include "services/common/kafka/log_store.h"
#include "services/common/kafka/timeouts.h"
#include "services/common/kafka/topic_spec.h"

namespace parley::kafka {
namespace {

using std::chrono::milliseconds;

// Between two looks at what becomes visible on all brokers only after a moment.
constexpr milliseconds kLookInterval{100};
// How long a look insists on a topic that the broker asked does not know.
constexpr milliseconds kNewsTime{2000};
// A broker that has yet to hear of a change lets one wait in vain; another attempt gets through.
constexpr milliseconds kReadTimeout{3000};
constexpr milliseconds kWriteTimeout{10'000};
// What is kept of a run's time for writing the log's record, if it has to take over from another
// run that did not: until then it waits, because two that take over write two epochs.
constexpr milliseconds kTakeoverTime{8000};
// An answer that got lost is asked for again.
constexpr milliseconds kAdminTimeout{10'000};
constexpr int kAttempts = 3;
constexpr milliseconds kDedupeWindow{5 * 60 * 1000};

LogEpoch NowMs() {
  return std::chrono::duration_cast<milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string Count(int number, const char* noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string Seconds(std::int64_t time_ms) {
  return time_ms % 1000 == 0 ? std::to_string(time_ms / 1000) + "s"
                             : std::to_string(time_ms) + "ms";
}

bool IsUnknownTopic(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
}

// One run over all topics; `mend` says whether it may change anything.
//
// Of several runs at once exactly one writes the log's record: the one whose request made
// `chatting`; or, where `chatting` was there and only `parley-meta` was lost, the one that made
// that. `parley-meta` is made first, so whoever made it before `chatting` was made has seen that
// `chatting` was missing, and leaves the record to the maker of `chatting`. The others wait for the
// record, and take over when it does not come.
class TopicsRun {
 public:
  TopicsRun(const ClientConfig& client, const TopicsConfig& config, Duration timeout, bool mend)
      : client_(client),
        config_(config),
        mend_(mend),
        deadline_(timeout),
        admin_(client),
        store_(client) {}

  TopicsReport Run();

 private:
  void Say(std::string line) { report_.lines.push_back(std::move(line)); }
  void Fail(std::string line) {
    report_.ok = false;
    Say(std::move(line));
  }
  std::optional<LogInfo> ReadBefore();
  template <class Request>
  Admin::MakeAnswer Insist(const Request& request);
  bool RunTopic(const TopicSpec& spec);
  bool MakeTopic(const TopicSpec& spec);
  TopicMetadata AwaitTopic(const TopicSpec& spec);
  TopicMetadata LookFor(const TopicSpec& spec);
  template <class Holds>
  TopicMetadata LookUntil(const Holds& holds, const TopicSpec& spec, const Deadline& deadline);
  void CompareTopic(const TopicSpec& spec, const TopicMetadata& found);
  void CompareSettings(const TopicSpec& spec, int replicas);
  std::optional<Admin::Settings> ReadSettings(const std::string& topic);
  void RunLog();
  StoredLog ReadRecord() { return store_.Read(std::min<Duration>(kReadTimeout, deadline_.left())); }
  bool Made(const std::string& topic) const { return made_.contains(topic); }
  bool IsWriter() const;
  bool IsSettled(const StoredLog& stored) const;
  StoredLog AwaitRecord();
  void WriteLog(const StoredLog& stored);
  std::optional<std::string> Store(const LogInfo& info);
  void CompareLog(LogInfo info);
  std::string Alter(const std::string& program, const std::string& topic,
                    const std::string& what) const;

  const ClientConfig& client_;
  const TopicsConfig& config_;
  const bool mend_;
  const Deadline deadline_;
  Admin admin_;
  LogStore store_;
  TopicsReport report_;
  std::optional<LogInfo> before_;  // The record at the start.
  bool found_chatting_ = true;     // At the start.
  std::set<std::string> made_;     // By this run.
  std::map<std::string, Partition> partitions_;
};

TopicsReport TopicsRun::Run() {
  report_.ok = true;
  if (mend_) before_ = ReadBefore();
  const TopicMetadata first = admin_.Describe(kChattingTopic, deadline_.left());
  if (first.error != RD_KAFKA_RESP_ERR_NO_ERROR && !IsUnknownTopic(first.error)) {
    report_.reached = false;
    Fail(admin_.WhyNoAnswer(first.error));
    return report_;
  }
  if (first.brokers < config_.replication) {
    Say("the cluster has " + Count(first.brokers, "broker") +
        ": new topics get as many replicas instead of " + std::to_string(config_.replication));
  }
  const std::vector<TopicSpec> wanted = WantedTopics(config_, first.brokers);
  if (mend_) {
    const Admin::MakeAnswer tried =
        Insist([&](Duration timeout) { return admin_.TryMake(wanted.back(), timeout); });
    found_chatting_ = tried.made != Admin::Made::kYes;
  }
  bool all_there = true;
  for (const TopicSpec& spec : wanted) {
    all_there = RunTopic(spec) && all_there;
  }
  if (all_there) RunLog();
  return report_;
}

// Not to know it would mean to take an old record for that of a topic that this run makes.
std::optional<LogInfo> TopicsRun::ReadBefore() {
  StoredLog stored = ReadRecord();
  for (int attempt = 1; attempt < kAttempts && !stored.read; ++attempt) {
    if (IsUnknownTopic(admin_.Describe(kMetaTopic, deadline_.left()).error)) break;
    stored = ReadRecord();
  }
  return stored.info;
}

template <class Request>
Admin::MakeAnswer TopicsRun::Insist(const Request& request) {
  Admin::MakeAnswer answer;
  for (int attempt = 0; attempt < kAttempts && !deadline_.over(); ++attempt) {
    answer = request(std::min<Duration>(kAdminTimeout, deadline_.left()));
    if (answer.made != Admin::Made::kFailed) break;
    std::this_thread::sleep_for(kLookInterval);
  }
  return answer;
}

// False when it is not there in the end.
bool TopicsRun::RunTopic(const TopicSpec& spec) {
  if (mend_ && !MakeTopic(spec)) return false;
  const TopicMetadata found = mend_ ? AwaitTopic(spec) : LookFor(spec);
  if (IsUnknownTopic(found.error)) {
    Fail(spec.name + " is missing: run `parley topics ensure`");
    return false;
  }
  if (found.error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    Fail(spec.name + " cannot be described: " + rd_kafka_err2str(found.error));
    return false;
  }
  partitions_[spec.name] = found.partitions;
  CompareTopic(spec, found);
  return true;
}

// False when it is not there and cannot be made.
bool TopicsRun::MakeTopic(const TopicSpec& spec) {
  const Admin::MakeAnswer answer =
      Insist([&](Duration timeout) { return admin_.Make(spec, timeout); });
  if (answer.made == Admin::Made::kFailed) {
    // Whoever may not make topics may still find them.
    if (admin_.Describe(spec.name, deadline_.left()).partitions > 0) return true;
    Fail(spec.name + " cannot be made: " + answer.reason);
    return false;
  }
  if (answer.made == Admin::Made::kYes) {
    made_.insert(spec.name);
    Say("made " + spec.name + ": " + Count(spec.partitions, "partition") + ", " +
        Count(spec.replication, "replica"));
  }
  return true;
}

// A new topic is not known to every broker at once, and has no leaders for a moment; a broker may
// still know the one that had its name before.
TopicMetadata TopicsRun::AwaitTopic(const TopicSpec& spec) {
  const auto is_there = [&](const TopicMetadata& found) {
    return found.led && (!Made(spec.name) || found.partitions == spec.partitions);
  };
  return LookUntil(is_there, spec, deadline_);
}

// It may have been made a moment ago, and the broker that is asked has yet to hear of it.
TopicMetadata TopicsRun::LookFor(const TopicSpec& spec) {
  const auto is_known = [](const TopicMetadata& found) { return !IsUnknownTopic(found.error); };
  return LookUntil(is_known, spec, Deadline(std::min<Duration>(kNewsTime, deadline_.left())));
}

template <class Holds>
TopicMetadata TopicsRun::LookUntil(const Holds& holds, const TopicSpec& spec,
                                   const Deadline& deadline) {
  TopicMetadata found = admin_.Describe(spec.name, deadline_.left());
  while (!holds(found) && !deadline.over()) {
    std::this_thread::sleep_for(kLookInterval);
    found = admin_.Describe(spec.name, deadline_.left());
  }
  return found;
}

void TopicsRun::CompareTopic(const TopicSpec& spec, const TopicMetadata& found) {
  const std::string difference = spec.name + " has " + Count(found.partitions, "partition") +
                                 ", not " + std::to_string(spec.partitions) + ": ";
  if (spec.name == kUserConnectionsTopic && found.partitions < spec.partitions) {
    Fail(difference + Alter("kafka-topics.sh", "--topic " + spec.name,
                            "--partitions " + std::to_string(spec.partitions)));
  } else if (found.partitions != spec.partitions) {
    Say(difference + "nothing to mend, the count is chosen when a topic is made");
  }
  if (found.replicas < spec.replication) {
    Fail(spec.name + " has " + Count(found.replicas, "replica") + ", not " +
         std::to_string(spec.replication) + ": give it more with kafka-reassign-partitions.sh");
  }
  if (!found.led) Fail(spec.name + " has partitions without a leader: bring their brokers back");
  CompareSettings(spec, found.replicas);
}

void TopicsRun::CompareSettings(const TopicSpec& spec, int replicas) {
  const std::optional<Admin::Settings> settings = ReadSettings(spec.name);
  if (!settings) return Fail(spec.name + ": its settings cannot be read");
  for (const auto& [name, value] : spec.settings) {
    // By what the topic has: the brokers that live now may be fewer than when it was made.
    const std::string wanted = name == kMinInSyncReplicas
                                   ? MinInSyncReplicas(std::max(replicas, spec.replication))
                                   : value;
    const auto found = settings->find(name);
    const std::string actual = found == settings->end() ? "not set" : found->second;
    if (actual == wanted) continue;
    Fail(spec.name + ": " + name + " is " + actual + ", not " + wanted + ": " +
         Alter("kafka-configs.sh", "--entity-type topics --entity-name " + spec.name,
               "--add-config " + name + "=" + wanted));
  }
}

std::optional<Admin::Settings> TopicsRun::ReadSettings(const std::string& topic) {
  std::optional<Admin::Settings> settings = admin_.ReadSettings(topic, deadline_.left());
  while (mend_ && !settings && !deadline_.over()) {
    std::this_thread::sleep_for(kLookInterval);
    settings = admin_.ReadSettings(topic, deadline_.left());
  }
  return settings;
}

// The command of Kafka's that mends it.
std::string TopicsRun::Alter(const std::string& program, const std::string& topic,
                             const std::string& what) const {
  return program + " --bootstrap-server " + client_.brokers + " --alter " + topic + " " + what;
}

void TopicsRun::RunLog() {
  const StoredLog stored = mend_ ? AwaitRecord() : ReadRecord();
  if (!stored.read) return Fail(stored.reason);
  if (IsSettled(stored)) return CompareLog(*stored.info);
  if (mend_) return WriteLog(stored);
  Fail(stored.info ? "chatting has " + Count(partitions_[kChattingTopic], "partition") +
                         ", but the log has " + std::to_string(stored.info->partitions) +
                         ": it was re-created; run `parley topics ensure` for a new epoch"
                   : stored.reason);
}

bool TopicsRun::IsWriter() const {
  return Made(kChattingTopic) || (found_chatting_ && Made(kMetaTopic));
}

// The record is of the topic that is there now, as far as anyone can tell.
bool TopicsRun::IsSettled(const StoredLog& stored) const {
  const bool is_of_before =
      !found_chatting_ && before_ && stored.info && stored.info->epoch <= before_->epoch;
  return stored.info && !is_of_before && stored.info->partitions <= partitions_.at(kChattingTopic);
}

// What is stored, once it is settled, or this run is to write.
StoredLog TopicsRun::AwaitRecord() {
  const Deadline patience(
      std::max<Duration>(deadline_.left() - kTakeoverTime, deadline_.left() / 2));
  StoredLog stored = ReadRecord();
  while (!stored.read || (!IsSettled(stored) && !IsWriter())) {
    if (stored.read ? patience.over() : deadline_.over()) break;
    std::this_thread::sleep_for(kLookInterval);
    stored = ReadRecord();
  }
  return stored;
}

void TopicsRun::WriteLog(const StoredLog& stored) {
  const LogEpoch after = stored.info ? stored.info->epoch + 1 : 0;
  const std::int64_t window_ms =
      config_.dedupe_window ? config_.dedupe_window->count()
                            : (stored.info ? stored.info->dedupe_window_ms : kDedupeWindow.count());
  // One that was made again without us: the epoch that routers write, too, when they notice.
  const LogEpoch epoch = stored.info && !IsWriter() ? after : std::max(NowMs(), after);
  const LogInfo info{epoch, partitions_.at(kChattingTopic), window_ms};
  if (const auto error = Store(info)) {
    return Fail("the log's epoch cannot be stored: " + *error);
  }
  StoredLog now = ReadRecord();
  while ((!now.info || now.info->epoch < info.epoch) && !deadline_.over()) {
    std::this_thread::sleep_for(kLookInterval);
    now = ReadRecord();
  }
  if (!now.info || now.info->epoch < info.epoch) return Fail("the log's epoch cannot be read back");
  Say("new log epoch " + std::to_string(now.info->epoch) + ", " +
      Count(now.info->partitions, "partition"));
}

// The same record twice does no harm.
std::optional<std::string> TopicsRun::Store(const LogInfo& info) {
  const auto write = [&] {
    return WriteLogInfo(client_, info, std::min<Duration>(kWriteTimeout, deadline_.left()));
  };
  std::optional<std::string> problem = write();
  while (problem && !deadline_.over()) {
    std::this_thread::sleep_for(kLookInterval);
    problem = write();
  }
  return problem;
}

void TopicsRun::CompareLog(LogInfo info) {
  Say("log epoch " + std::to_string(info.epoch) + ", " + Count(info.partitions, "partition"));
  const Partition chatting = partitions_.at(kChattingTopic);
  if (info.partitions < chatting) {
    Say("chatting has grown to " + Count(chatting, "partition") +
        ": channels stay where they are, and what others produce to the added ones is forwarded");
  }
  if (partitions_.at(kDeadLetterTopic) < info.partitions) {
    Fail(std::string(kDeadLetterTopic) + " has " +
         Count(partitions_.at(kDeadLetterTopic), "partition") + ", fewer than the log: " +
         Alter("kafka-topics.sh", "--topic " + std::string(kDeadLetterTopic),
               "--partitions " + std::to_string(info.partitions)));
  }
  if (!config_.dedupe_window || config_.dedupe_window->count() == info.dedupe_window_ms) return;
  const std::string difference = "the log's dedupe window is " + Seconds(info.dedupe_window_ms) +
                                 ", not " + Seconds(config_.dedupe_window->count());
  if (!mend_) {
    return Fail(difference + ": run `parley topics ensure --dedupe-window " +
                Seconds(config_.dedupe_window->count()) + "`");
  }
  info.dedupe_window_ms = config_.dedupe_window->count();
  if (const auto error = Store(info)) {
    return Fail(difference + ", and it cannot be stored: " + *error);
  }
  Say("the log's dedupe window is now " + Seconds(info.dedupe_window_ms) +
      ": restart all routers, they take it at their start");
}

TopicsReport RunTopics(const ClientConfig& client, const TopicsConfig& config, Duration timeout,
                       bool mend) {
  if (client.embedded) return {true, {"the embedded broker makes its own topics"}};
  try {
    return TopicsRun(client, config, timeout, mend).Run();
  } catch (const std::runtime_error& error) {
    return {false, {error.what()}};
  }
}

}  // namespace

TopicsReport EnsureTopics(const ClientConfig& client, const TopicsConfig& config,
                          Duration timeout) {
  return RunTopics(client, config, timeout, true);
}

TopicsReport CheckTopics(const ClientConfig& client, const TopicsConfig& config, Duration timeout) {
  return RunTopics(client, config, timeout, false);
}

}  // namespace parley::kafka
