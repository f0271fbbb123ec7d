#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "parley/v1/chat.pb.h"

namespace parley::test {

// The planted bug: chat servers that all consume in one group and hand what they read to their own
// members only. Made of librdkafka and nothing of ours.
class SharedGroupChat final {
 public:
  SharedGroupChat(const std::string& brokers, std::size_t servers);
  ~SharedGroupChat();

  // Waits until all servers together have read `count` messages of the channel.
  [[nodiscard]] bool WaitForMessages(const std::string& channel, std::size_t count);
  // What the members of one server were given.
  std::vector<v1::Message> Received(std::size_t server, const std::string& channel);

 private:
  void Consume(std::size_t server, const std::string& brokers);

  const std::size_t servers_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::vector<std::vector<v1::Message>> received_;  // By server.
  std::vector<std::thread> threads_;                // Last: they use all of the above.
};

}  // namespace parley::test
