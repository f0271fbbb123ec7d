#include "tests/integration/shared_group_chat.h"

#include <librdkafka/rdkafka.h>

#include <chrono>

#include "parley/v1/record.pb.h"

namespace parley::test {

SharedGroupChat::SharedGroupChat(const std::string& brokers, std::size_t servers)
    : received_(servers) {
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
  rd_kafka_conf_set(conf, "auto.offset.reset", "earliest", error, sizeof error);
  rd_kafka_conf_set(conf, "fetch.wait.max.ms", "5", error, sizeof error);
  rd_kafka_t* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
  rd_kafka_poll_set_consumer(consumer);
  rd_kafka_topic_partition_list_t* topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, "chatting", RD_KAFKA_PARTITION_UA);
  rd_kafka_subscribe(consumer, topics);
  rd_kafka_topic_partition_list_destroy(topics);

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
    for (std::size_t server = 0; server < threads_.size(); ++server) {
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
