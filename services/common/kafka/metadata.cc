#include "services/common/kafka/metadata.h"

#include <algorithm>
#include <climits>

#include "services/common/kafka/timeouts.h"

namespace parley::kafka {

TopicMetadata DescribeTopic(rd_kafka_t* client, rd_kafka_topic_t* topic, Duration timeout) {
  TopicMetadata description;
  const rd_kafka_metadata_t* answer = nullptr;
  description.error = rd_kafka_metadata(client, 0, topic, &answer, WholeMs(timeout));
  if (description.error != RD_KAFKA_RESP_ERR_NO_ERROR) return description;

  const MetadataPtr metadata(answer);
  description.brokers = metadata->broker_cnt;
  if (metadata->topic_cnt != 1) {
    description.error = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    return description;
  }
  const rd_kafka_metadata_topic_t& found = metadata->topics[0];
  description.error = found.err;
  description.partitions = found.partition_cnt;
  description.replicas = found.partition_cnt == 0 ? 0 : INT_MAX;
  description.led = found.partition_cnt > 0;
  for (int i = 0; i < found.partition_cnt; ++i) {
    description.replicas = std::min(description.replicas, found.partitions[i].replica_cnt);
    if (found.partitions[i].leader < 0) description.led = false;
  }
  return description;
}

}  // namespace parley::kafka
