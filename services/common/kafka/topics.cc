#include "services/common/kafka/topics.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <thread>

#include "services/common/kafka/admin.h"
#include "services/common/kafka/log_store.h"
#include "services/common/kafka/timeouts.h"
#include "services/common/kafka/topic_spec.h"

namespace parley::kafka {
namespace {

constexpr std::chrono::milliseconds kLeaderPollInterval{100};

LogEpoch NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string Count(int number, const char* noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

// One run over all topics; `mend` says whether it may change anything.
class TopicsRun {
 public:
  TopicsRun(const ClientConfig& client, const TopicsConfig& config, Duration timeout, bool mend)
      : client_(client), config_(config), mend_(mend), deadline_(timeout), admin_(client) {}

  TopicsReport Run();

 private:
  void Say(std::string line) { report_.lines.push_back(std::move(line)); }
  void Fail(std::string line) {
    report_.ok = false;
    Say(std::move(line));
  }
  void RunTopic(const TopicSpec& spec);
  bool MakeTopic(const TopicSpec& spec);
  void CompareTopic(const TopicSpec& spec, const TopicMetadata& found);
  void CompareSettings(const TopicSpec& spec);
  void RunLog();
  void WriteLog(const StoredLog& stored);
  TopicMetadata AwaitLeaders(const std::string& topic);

  const ClientConfig& client_;
  const TopicsConfig& config_;
  const bool mend_;
  const Deadline deadline_;
  Admin admin_;
  TopicsReport report_;
  bool made_chatting_ = false;
  Partition chatting_partitions_ = 0;
};

bool IsUnknownTopic(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
}

TopicsReport TopicsRun::Run() {
  report_.ok = true;
  const TopicMetadata first = admin_.Describe(kChattingTopic, deadline_.left());
  if (first.error != RD_KAFKA_RESP_ERR_NO_ERROR && !IsUnknownTopic(first.error)) {
    Fail("Kafka at " + client_.brokers + " does not answer: " + rd_kafka_err2str(first.error));
    return report_;
  }
  if (first.brokers < config_.replication) {
    Say("the cluster has " + Count(first.brokers, "broker") +
        ": topics have as many replicas instead of " + std::to_string(config_.replication));
  }
  for (const TopicSpec& spec : WantedTopics(config_, first.brokers)) RunTopic(spec);
  if (report_.ok || chatting_partitions_ > 0) RunLog();
  return report_;
}

void TopicsRun::RunTopic(const TopicSpec& spec) {
  TopicMetadata found = admin_.Describe(spec.name, deadline_.left());
  if (IsUnknownTopic(found.error)) {
    if (!mend_) return Fail(spec.name + " is missing: run `parley topics ensure`");
    if (!MakeTopic(spec)) return;
    found = AwaitLeaders(spec.name);
  }
  if (found.error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Fail(spec.name + " cannot be described: " + rd_kafka_err2str(found.error));
  }
  CompareTopic(spec, found);
}

bool TopicsRun::MakeTopic(const TopicSpec& spec) {
  const Admin::MakeAnswer answer = admin_.Make(spec, deadline_.left());
  if (answer.made == Admin::Made::kFailed) {
    Fail(spec.name + " cannot be made: " + answer.reason);
    return false;
  }
  if (answer.made == Admin::Made::kYes) {
    Say("made " + spec.name + ": " + Count(spec.partitions, "partition") + ", " +
        Count(spec.replication, "replica"));
    if (spec.name == kChattingTopic) made_chatting_ = true;
  }
  return true;
}

// A new topic is not known to every broker at once.
TopicMetadata TopicsRun::AwaitLeaders(const std::string& topic) {
  TopicMetadata found = admin_.Describe(topic, deadline_.left());
  while (!found.led && !deadline_.over()) {
    std::this_thread::sleep_for(kLeaderPollInterval);
    found = admin_.Describe(topic, deadline_.left());
  }
  return found;
}

void TopicsRun::CompareTopic(const TopicSpec& spec, const TopicMetadata& found) {
  if (spec.name == kChattingTopic) chatting_partitions_ = found.partitions;
  if (found.partitions != spec.partitions) {
    Say(spec.name + " has " + Count(found.partitions, "partition") + ", not " +
        std::to_string(spec.partitions) + ": the count is fixed when a topic is made");
  }
  if (found.replicas < spec.replication) {
    Fail(spec.name + " has " + Count(found.replicas, "replica") + ", not " +
         std::to_string(spec.replication) + ": give it more with kafka-reassign-partitions.sh");
  }
  CompareSettings(spec);
}

void TopicsRun::CompareSettings(const TopicSpec& spec) {
  const std::optional<Admin::Settings> settings = admin_.ReadSettings(spec.name, deadline_.left());
  if (!settings) return Fail(spec.name + ": its settings cannot be read");
  for (const auto& [name, wanted] : spec.settings) {
    const auto found = settings->find(name);
    const std::string value = found == settings->end() ? "not set" : found->second;
    if (value == wanted) continue;
    Fail(spec.name + ": " + name + " is " + value + ", not " + wanted +
         ": kafka-configs.sh --bootstrap-server " + client_.brokers +
         " --alter --entity-type topics --entity-name " + spec.name + " --add-config " + name +
         "=" + wanted);
  }
}

void TopicsRun::RunLog() {
  const StoredLog stored = ReadStoredLog(client_, deadline_.left());
  if (!stored.read) return Fail(stored.reason);
  const bool recreated =
      stored.info && (made_chatting_ || stored.info->partitions > chatting_partitions_);
  if (!stored.info || recreated) {
    if (mend_) return WriteLog(stored);
    return Fail(recreated ? "chatting was re-created: run `parley topics ensure` for a new epoch"
                          : stored.reason);
  }
  Say("log epoch " + std::to_string(stored.info->epoch) + ", " +
      Count(stored.info->partitions, "partition"));
  if (stored.info->partitions < chatting_partitions_) {
    Say("chatting has grown to " + Count(chatting_partitions_, "partition") +
        ": what others produce to the added ones is forwarded");
  }
}

// When several runs write at once, the largest epoch wins, for all of them.
void TopicsRun::WriteLog(const StoredLog& stored) {
  const LogEpoch after = stored.info ? stored.info->epoch + 1 : 0;
  const LogInfo info{std::max(NowMs(), after), chatting_partitions_, config_.dedupe_window_ms};
  if (const auto error = WriteLogInfo(client_, info, deadline_.left())) {
    return Fail("the log's epoch cannot be stored: " + *error);
  }
  const StoredLog now = ReadStoredLog(client_, deadline_.left());
  if (!now.info || now.info->epoch < info.epoch) return Fail("the log's epoch cannot be read back");
  Say("new log epoch " + std::to_string(now.info->epoch) + ", " +
      Count(now.info->partitions, "partition"));
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
