#include "tests/integration/topic_surgery.h"

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "services/common/kafka/admin.h"
#include "services/common/kafka/conf.h"
#include "services/common/kafka/timeouts.h"

namespace parley::test {
namespace {

using kafka::TopicMetadata;

constexpr std::chrono::seconds kTimeout{30};
constexpr std::chrono::milliseconds kPollInterval{20};

struct Release {
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
  void operator()(rd_kafka_DeleteTopic_t* topic) const { rd_kafka_DeleteTopic_destroy(topic); }
  void operator()(rd_kafka_NewPartitions_t* partitions) const {
    rd_kafka_NewPartitions_destroy(partitions);
  }
  void operator()(rd_kafka_DeleteRecords_t* records) const {
    rd_kafka_DeleteRecords_destroy(records);
  }
};
template <class Request>
using Owned = std::unique_ptr<Request, Release>;

void Require(rd_kafka_resp_err_t error, const std::string& what, const char* reason = nullptr) {
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  throw std::runtime_error(what + ": " + (reason != nullptr ? reason : rd_kafka_err2str(error)));
}

// An admin client, for one change of one topic.
class Surgeon final {
 public:
  Surgeon(const std::string& brokers, const std::string& topic, const char* verb)
      : brokers_(brokers),
        topic_(topic),
        what_(std::string(verb) + " " + topic),
        client_(kafka::MakeClient(kafka::ClientKind::kAdmin, ConfigOf(brokers), silent_)),
        answers_(rd_kafka_queue_new(client_.get())) {}

  rd_kafka_t* client() const { return client_.get(); }
  rd_kafka_queue_t* answers() const { return answers_.get(); }
  const std::string& what() const { return what_; }

  // The answer to the request that was made on `answers()`.
  kafka::EventPtr TakeAnswer() {
    kafka::EventPtr answer(rd_kafka_queue_poll(answers_.get(), kafka::WholeMs(kTimeout)));
    if (!answer) throw std::runtime_error(what_ + ": no answer in time");
    Require(rd_kafka_event_error(answer.get()), what_, rd_kafka_event_error_string(answer.get()));
    return answer;
  }

  void RequireEach(const rd_kafka_topic_result_t** results, std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) {
      Require(rd_kafka_topic_result_error(results[i]), what_,
              rd_kafka_topic_result_error_string(results[i]));
    }
  }

  // Every broker learns of the change in its own time. A client asks the one that it was given
  // first, so each look at one takes a new client.
  void AwaitMetadata(const std::function<bool(const TopicMetadata&)>& done) const {
    const kafka::Deadline deadline(kTimeout);
    std::istringstream brokers(brokers_);
    for (std::string broker; std::getline(brokers, broker, ',');) {
      while (!done(kafka::Admin(ConfigOf(broker)).Describe(topic_, deadline.left()))) {
        if (deadline.over()) throw std::runtime_error(what_ + ": " + broker + " does not show it");
        std::this_thread::sleep_for(kPollInterval);  // Between looks.
      }
    }
  }

 private:
  static kafka::ClientConfig ConfigOf(const std::string& brokers) {
    return {.brokers = brokers, .properties = {}};
  }

  const std::string brokers_;
  const std::string topic_;
  const std::string what_;
  kafka::ClientCallbacks silent_;
  kafka::ClientPtr client_;
  kafka::QueuePtr answers_;
};

}  // namespace

void CreateTopic(const std::string& brokers, const kafka::TopicSpec& topic) {
  Surgeon surgeon(brokers, topic.name, "create");
  std::array<char, 256> reason{};
  const Owned<rd_kafka_NewTopic_t> request(rd_kafka_NewTopic_new(
      topic.name.c_str(), topic.partitions, topic.replication, reason.data(), reason.size()));
  if (!request) throw std::runtime_error(surgeon.what() + ": " + reason.data());
  for (const auto& [name, value] : topic.settings) {
    rd_kafka_NewTopic_set_config(request.get(), name.c_str(), value.c_str());
  }
  rd_kafka_NewTopic_t* wanted = request.get();
  rd_kafka_CreateTopics(surgeon.client(), &wanted, 1, nullptr, surgeon.answers());

  const kafka::EventPtr answer = surgeon.TakeAnswer();
  std::size_t count = 0;
  const auto* result = rd_kafka_event_CreateTopics_result(answer.get());
  surgeon.RequireEach(rd_kafka_CreateTopics_result_topics(result, &count), count);
  surgeon.AwaitMetadata([](const TopicMetadata& found) { return found.led; });
}

void DeleteTopic(const std::string& brokers, const std::string& topic) {
  Surgeon surgeon(brokers, topic, "delete");
  const Owned<rd_kafka_DeleteTopic_t> request(rd_kafka_DeleteTopic_new(topic.c_str()));
  rd_kafka_DeleteTopic_t* wanted = request.get();
  rd_kafka_DeleteTopics(surgeon.client(), &wanted, 1, nullptr, surgeon.answers());

  const kafka::EventPtr answer = surgeon.TakeAnswer();
  std::size_t count = 0;
  const auto* result = rd_kafka_event_DeleteTopics_result(answer.get());
  surgeon.RequireEach(rd_kafka_DeleteTopics_result_topics(result, &count), count);
  surgeon.AwaitMetadata([](const TopicMetadata& found) {
    return found.error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
           found.error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
  });
}

void RaisePartitions(const std::string& brokers, const std::string& topic, Partition count) {
  Surgeon surgeon(brokers, topic, "raise the partitions of");
  std::array<char, 256> reason{};
  const Owned<rd_kafka_NewPartitions_t> request(rd_kafka_NewPartitions_new(
      topic.c_str(), static_cast<std::size_t>(count), reason.data(), reason.size()));
  if (!request) throw std::runtime_error(surgeon.what() + ": " + reason.data());
  rd_kafka_NewPartitions_t* wanted = request.get();
  rd_kafka_CreatePartitions(surgeon.client(), &wanted, 1, nullptr, surgeon.answers());

  const kafka::EventPtr answer = surgeon.TakeAnswer();
  std::size_t results = 0;
  const auto* result = rd_kafka_event_CreatePartitions_result(answer.get());
  surgeon.RequireEach(rd_kafka_CreatePartitions_result_topics(result, &results), results);
  surgeon.AwaitMetadata(
      [&](const TopicMetadata& found) { return found.led && found.partitions == count; });
}

void DeleteRecordsBefore(const std::string& brokers, const std::string& topic, Partition partition,
                         std::int64_t offset) {
  Surgeon surgeon(brokers, topic, "delete records of");
  const kafka::PartitionListPtr before(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(before.get(), topic.c_str(), partition)->offset = offset;
  const Owned<rd_kafka_DeleteRecords_t> request(rd_kafka_DeleteRecords_new(before.get()));
  rd_kafka_DeleteRecords_t* wanted = request.get();
  rd_kafka_DeleteRecords(surgeon.client(), &wanted, 1, nullptr, surgeon.answers());

  // The new start is the leader's answer, so there is nothing to wait for.
  const kafka::EventPtr answer = surgeon.TakeAnswer();
  const auto* offsets =
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(answer.get()));
  for (int i = 0; i < offsets->cnt; ++i) Require(offsets->elems[i].err, surgeon.what());
}

}  // namespace parley::test
