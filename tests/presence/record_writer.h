#pragma once

#include <prometheus/registry.h>

#include <memory>

#include "services/common/connection_event.h"
#include "services/common/kafka/client_config.h"
#include "services/common/kafka/producer.h"
#include "services/common/log.h"

namespace parley::presence_test {

// Writes records of `user-connections` in the name of gateways.
class RecordWriter final {
 public:
  RecordWriter(const kafka::ClientConfig& kafka, const Logger& logger);

  // To the gateway's partition. Returns whether it is in the log.
  [[nodiscard]] bool Write(const ConnectionEvent& event);

 private:
  std::shared_ptr<prometheus::Registry> metrics_ = std::make_shared<prometheus::Registry>();
  kafka::Producer producer_;
};

}  // namespace parley::presence_test
