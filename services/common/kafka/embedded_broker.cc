#include "services/common/kafka/embedded_broker.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>
#include <vector>

#include "services/common/kafka/conf.h"
#include "services/common/kafka/log_record.h"
#include "services/common/kafka/log_store.h"

namespace parley::kafka {
namespace {

constexpr std::int16_t kProduceRequest = 0;
constexpr std::int16_t kInitProducerIdRequest = 22;
constexpr int kAllBrokers = -1;
constexpr std::chrono::seconds kStartTimeout{10};

struct DestroyCluster {
  void operator()(rd_kafka_mock_cluster_t* cluster) const {
    rd_kafka_mock_cluster_destroy(cluster);
  }
};

rd_kafka_resp_err_t ToError(EmbeddedBroker::Fault fault) {
  switch (fault) {
    case EmbeddedBroker::Fault::kDisconnect:
      return RD_KAFKA_RESP_ERR__TRANSPORT;
    case EmbeddedBroker::Fault::kOutOfOrder:
      return RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
    case EmbeddedBroker::Fault::kNotEnoughReplicas:
      return RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS;
    case EmbeddedBroker::Fault::kTimedOut:
      return RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT;
    case EmbeddedBroker::Fault::kTooLarge:
      return RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
  }
  return RD_KAFKA_RESP_ERR_UNKNOWN;
}

LogEpoch NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

struct EmbeddedBroker::State {
  explicit State(const EmbeddedBrokerConfig& config);

  void MakeTopic(const char* topic, Partition partitions, int brokers);

  ClientCallbacks silent;
  ClientPtr host;  // The cluster runs inside a client, which connects to nothing.
  std::unique_ptr<rd_kafka_mock_cluster_t, DestroyCluster> cluster;
  std::string address;
};

EmbeddedBroker::State::State(const EmbeddedBrokerConfig& config)
    : host(MakeClient(ClientKind::kAdmin, ClientConfig{.brokers = "", .properties = {}}, silent)),
      cluster(rd_kafka_mock_cluster_new(host.get(), config.brokers)) {
  if (!cluster) throw std::runtime_error("the embedded broker cannot start: no port or no thread");
  address = rd_kafka_mock_cluster_bootstraps(cluster.get());
  MakeTopic(kChattingTopic, config.chatting_partitions, config.brokers);
  MakeTopic(kUserConnectionsTopic, kUserConnectionsPartitions, config.brokers);
  MakeTopic(kMetaTopic, 1, config.brokers);
  MakeTopic(kDeadLetterTopic, config.chatting_partitions, config.brokers);
}

void EmbeddedBroker::State::MakeTopic(const char* topic, Partition partitions, int brokers) {
  const auto error =
      rd_kafka_mock_topic_create(cluster.get(), topic, partitions, std::min(brokers, 3));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error(std::string("the embedded broker cannot make ") + topic + ": " +
                             rd_kafka_err2str(error));
  }
}

EmbeddedBroker::EmbeddedBroker(const EmbeddedBrokerConfig& config)
    : state_(std::make_unique<State>(config)) {
  const ClientConfig client{.brokers = state_->address, .properties = {}, .embedded = true};
  const LogInfo info{NowMs(), config.chatting_partitions, config.dedupe_window_ms};
  if (const auto error = WriteLogInfo(client, info, kStartTimeout)) {
    throw std::runtime_error("the embedded broker cannot store the log's epoch: " + *error);
  }
}

EmbeddedBroker::~EmbeddedBroker() = default;

const std::string& EmbeddedBroker::address() const { return state_->address; }

void EmbeddedBroker::SetDown(bool down) {
  if (down) {
    rd_kafka_mock_broker_set_down(state_->cluster.get(), kAllBrokers);
  } else {
    rd_kafka_mock_broker_set_up(state_->cluster.get(), kAllBrokers);
  }
}

void EmbeddedBroker::DelayAnswers(int round_trip_ms) {
  rd_kafka_mock_broker_set_rtt(state_->cluster.get(), kAllBrokers, round_trip_ms);
}

void EmbeddedBroker::FailProduces(Fault fault, std::size_t count) {
  const std::vector<rd_kafka_resp_err_t> errors(count, ToError(fault));
  rd_kafka_mock_push_request_errors_array(state_->cluster.get(), kProduceRequest, errors.size(),
                                          errors.data());
}

void EmbeddedBroker::PutOffProducers(std::size_t count) {
  const std::vector<rd_kafka_resp_err_t> errors(count,
                                                RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
  rd_kafka_mock_push_request_errors_array(state_->cluster.get(), kInitProducerIdRequest,
                                          errors.size(), errors.data());
}

}  // namespace parley::kafka
