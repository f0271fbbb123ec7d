#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

namespace parley::kafka {

// How each of librdkafka's objects is given back.
struct Release {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
  // Without the consumer's farewell to its group, which can hang: whoever has a group says it
  // first.
  void operator()(rd_kafka_t* client) const {
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
  void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
};

using ConfPtr = std::unique_ptr<rd_kafka_conf_t, Release>;
// Destroy what belongs to a client (topics, queues, messages) before it: librdkafka waits for them.
using ClientPtr = std::unique_ptr<rd_kafka_t, Release>;
using TopicPtr = std::unique_ptr<rd_kafka_topic_t, Release>;
using QueuePtr = std::unique_ptr<rd_kafka_queue_t, Release>;
using MessagePtr = std::unique_ptr<rd_kafka_message_t, Release>;
using EventPtr = std::unique_ptr<rd_kafka_event_t, Release>;
using ErrorPtr = std::unique_ptr<rd_kafka_error_t, Release>;
using HeadersPtr = std::unique_ptr<rd_kafka_headers_t, Release>;
using PartitionListPtr = std::unique_ptr<rd_kafka_topic_partition_list_t, Release>;
using MetadataPtr = std::unique_ptr<const rd_kafka_metadata_t, Release>;

}  // namespace parley::kafka
