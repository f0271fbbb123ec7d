#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "services/common/kafka/client_config.h"
#include "services/common/kafka/connection_watch.h"
#include "services/common/kafka/handle.h"
#include "services/common/kafka/kafka_metrics.h"
#include "services/common/log.h"

namespace parley::kafka {

// RELIABILITY.md, section 1, has the settings of each and the reasons.
enum class ClientKind {
  kProducer,
  kReader,       // Routers: tail and history.
  kGroupMember,  // Routers: elects and commits.
  kPresence,     // Reads all of a topic and is told of the ends of partitions.
  kAdmin,        // Makes and describes topics.
};

// Where librdkafka's callbacks of one client go. Outlives the client. What is logged comes from
// librdkafka's own threads, the rest from the thread that polls.
struct ClientCallbacks {
  const Logger* logger = nullptr;  // Null: silent, and without statistics.
  ClientMetrics* metrics = nullptr;
  // Hears of the client's connections; `MakeConf` takes it from the configuration.
  std::shared_ptr<ConnectionWatch> watch;
  std::function<void(int brokers_up)> statistics;
  std::function<void(rd_kafka_resp_err_t error, std::string_view reason)> error;
  std::function<void(const rd_kafka_message_t& message)> delivered;
  std::function<void(rd_kafka_t* client, rd_kafka_resp_err_t what,
                     rd_kafka_topic_partition_list_t* partitions)>
      rebalance;
  std::function<void(rd_kafka_resp_err_t error, const rd_kafka_topic_partition_list_t* partitions)>
      committed;
};

// The settings for a client: Parley's for its kind, then `config.properties`. Throws
// std::runtime_error that names the property, the value and librdkafka's complaint.
[[nodiscard]] ConfPtr MakeConf(ClientKind kind, const ClientConfig& config,
                               ClientCallbacks& callbacks);

// Makes the client; it starts to connect at once. Throws std::runtime_error.
[[nodiscard]] ClientPtr MakeClient(ClientKind kind, const ClientConfig& config,
                                   ClientCallbacks& callbacks);

// Why the brokers have not answered a question, in one line: what keeps the clients from them, if
// that is known. Serves the client's callbacks, so only from the thread that polls.
[[nodiscard]] std::string WhyNoAnswer(rd_kafka_t* client, const ClientConfig& config,
                                      rd_kafka_resp_err_t error);

// Opens a topic, which makes the client ask for its leaders at once. Throws std::runtime_error.
[[nodiscard]] TopicPtr OpenTopic(rd_kafka_t* client, const char* topic);

}  // namespace parley::kafka
