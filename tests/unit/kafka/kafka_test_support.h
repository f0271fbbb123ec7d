#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/registry.h>

#include "services/common/kafka/client_config.h"
#include "services/common/kafka/consumer.h"
#include "services/common/kafka/embedded_broker.h"
#include "services/common/kafka/producer.h"
#include "services/common/log.h"

namespace parley::kafka {

// Far beyond what anything here takes; a test that waits this long has failed.
inline constexpr std::chrono::seconds kTestTimeout{30};

inline const Logger& TestLogger() {
  static const Logger logger("test", LogLevel::kError, Logger::Format::kText);
  return logger;
}

inline ClientConfig ClientOf(const EmbeddedBroker& broker,
                             std::map<std::string, std::string> properties = {}) {
  return {.brokers = broker.address(), .properties = std::move(properties), .embedded = true};
}

// What became of records, by the value that was sent, in the order of the reports.
class Reports {
 public:
  struct Report {
    std::string value;
    Delivery delivery;
  };

  Producer::Done For(std::string value) {
    return [this, value = std::move(value)](const Delivery& delivery) {
      const std::lock_guard lock(mutex_);
      reports_.push_back({value, delivery});
      changed_.notify_all();
    };
  }

  // The reports, once there are `count`; fewer when the time is over.
  std::vector<Report> Await(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kTestTimeout, [&] { return reports_.size() >= count; });
    return reports_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Report> reports_;
};

inline OutgoingRecord Chat(std::string value, Partition partition = 0) {
  OutgoingRecord record;
  record.topic = kChattingTopic;
  record.partition = partition;
  record.key = "general";
  record.value = std::move(value);
  return record;
}

// Polls until `enough` says so of what has come so far; false when the time is over.
inline bool PollUntil(Consumer& consumer, std::vector<Message>& messages,
                      const std::function<bool()>& enough) {
  const auto end = std::chrono::steady_clock::now() + kTestTimeout;
  while (!enough()) {
    if (std::chrono::steady_clock::now() > end) return false;
    for (Message& message : consumer.Poll(1000, std::chrono::milliseconds(100))) {
      messages.push_back(std::move(message));
    }
  }
  return true;
}

// Every record of the partition, from its start to the end of now.
inline std::vector<Message> ReadPartition(Consumer& consumer, Partition partition) {
  std::vector<Message> messages;
  const auto marks = consumer.QueryWatermarks(partition, kTestTimeout);
  if (!marks || marks->low == marks->high || consumer.Start(partition, marks->low)) return messages;
  PollUntil(consumer, messages,
            [&] { return !messages.empty() && messages.back().offset() + 1 >= marks->high; });
  consumer.Stop(partition);
  return messages;
}

}  // namespace parley::kafka
