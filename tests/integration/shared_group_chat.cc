#include "tests/integration/shared_group_chat.h"

#include <librdkafka/rdkafka.h>

#include <chrono>

#include "parley/v1/record.pb.h"

namespace parley::test {
namespace {

// What a group gives to one of its members: every partition has one reader. Shared out here and not
// by the broker, since the embedded one's group protocol is not the matter.
rd_kafka_topic_partition_list_t* Share(rd_kafka_t* consumer, std::size_t server,
                                       std::size_t servers) {
  rd_kafka_topic_partition_list_t* share = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_t* topic = rd_kafka_topic_new(consumer, "chatting", nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(consumer, 0, topic, &metadata, 10'000) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    for (int partition = 0; partition < metadata->topics[0].partition_cnt; ++partition) {
      if (static_cast<std::size_t>(partition) % servers != server) continue;
      rd_kafka_topic_partition_list_add(share, "chatting", partition)->offset =
          RD_KAFKA_OFFSET_BEGINNING;
    }
    rd_kafka_metadata_destroy(metadata);
  }
  rd_kafka_topic_destroy(topic);
  return share;
}

}  // namespace

SharedGroupChat::SharedGroupChat(const std::string& brokers, std::size_t servers)
    : servers_(servers), received_(servers) {
  for (std::size_t i = 0; i < servers; ++i) {
    threads_.emplace_back([this, i, brokers] { Consume(i, brokers); });
  }
}

SharedGroupChat::~SharedGroupChat() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
}

void SharedGroupChat::Consume(std::size_t server, const std::string& brokers) {
  char error[256];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), error, sizeof error);
  rd_kafka_conf_set(conf, "group.id", "one-group-for-all", error, sizeof error);
  rd_kafka_conf_set(conf, "fetch.wait.max.ms", "5", error, sizeof error);
  rd_kafka_t* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
  rd_kafka_poll_set_consumer(consumer);
  rd_kafka_topic_partition_list_t* share = Share(consumer, server, servers_);
  rd_kafka_assign(consumer, share);
  rd_kafka_topic_partition_list_destroy(share);

  while (!stopping_) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 50);
    if (message == nullptr) continue;
    v1::ChatRecord record;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR &&
        record.ParseFromArray(message->payload, static_cast<int>(message->len))) {
      v1::Message delivered;
      delivered.set_channel(static_cast<const char*>(message->key), message->key_len);
      delivered.set_id(record.id());
      delivered.set_position(std::to_string(1'000'000'000 + message->offset));
      const std::lock_guard lock(mutex_);
      received_[server].push_back(delivered);
    }
    rd_kafka_message_destroy(message);
  }
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
}

bool SharedGroupChat::WaitForMessages(const std::string& channel, std::size_t count) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    std::size_t total = 0;
    for (std::size_t server = 0; server < servers_; ++server) {
      total += Received(server, channel).size();
    }
    if (total >= count) return true;
    std::this_thread::yield();
  }
  return false;
}

std::vector<v1::Message> SharedGroupChat::Received(std::size_t server, const std::string& channel) {
  const std::lock_guard lock(mutex_);
  std::vector<v1::Message> of_channel;
  for (const v1::Message& message : received_[server]) {
    if (message.channel() == channel) of_channel.push_back(message);
  }
  return of_channel;
}

}  // namespace parley::test
