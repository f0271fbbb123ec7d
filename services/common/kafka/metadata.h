#pragma once

#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/common/kafka/handle.h"

namespace parley::kafka {

// What the brokers say of a topic.
struct TopicMetadata {
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  Partition partitions = 0;
  int replicas = 0;  // The fewest of any partition.
  bool led = false;  // Every partition has a leader.
  int brokers = 0;   // In the cluster.
};

// Asks a broker, and blocks until it has answered or the time is over.
[[nodiscard]] TopicMetadata DescribeTopic(rd_kafka_t* client, rd_kafka_topic_t* topic,
                                          Duration timeout);

}  // namespace parley::kafka
