#pragma once

#include <librdkafka/rdkafka.h>

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "services/common/kafka/connection_troubles.h"
#include "services/common/log.h"

namespace parley::kafka {

// What all Kafka clients of a process know together of their connections, and whoever logs it. Made
// with a ClientConfig and shared by its copies. Thread-safe.
class ConnectionWatch final {
 public:
  // `client` as for ConnectionTroubles. With a logger what is new is logged; without, it waits for
  // `Tell`.
  void OnError(const std::string& client, rd_kafka_resp_err_t error, std::string_view text,
               const Logger* logger);
  void OnStatistics(const std::string& client, const BrokersUp& brokers, const Logger* logger);
  // Clients without a name of their own have been served, or have not.
  void OnAnswer();
  void OnNoAnswer();

  // Logs what is new: one line, if any.
  void Tell(const Logger& logger);

  // What keeps the clients from the brokers now, in one line, if anything does. It has been logged
  // or will be.
  [[nodiscard]] std::optional<std::string> trouble();

 private:
  std::mutex mutex_;
  ConnectionTroubles troubles_;  // Guarded by mutex_.
};

}  // namespace parley::kafka
