#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "services/common/clock.h"
#include "services/common/kafka/client_config.h"
#include "services/common/log.h"
#include "tests/presence/given.h"
#include "tests/unit/presence/gateway_part.h"

namespace parley::presence_test {

// Gateways of this process, as presence sees them: what they announce, and their snapshots. Those
// that are left at the end say that they go.
class SimulatedGateways final {
 public:
  ~SimulatedGateways() {
    for (const auto& gateway : gateways_) gateway->announcer().SayGone();
  }

  presence::GatewayPart& Start(const std::string& name, std::int64_t epoch) {
    gateways_.push_back(std::make_unique<presence::GatewayPart>(name, epoch, kafka_, logger_,
                                                                std::chrono::seconds(2)));
    return *gateways_.back();
  }
  // Without a word.
  void KillFirst() { gateways_.erase(gateways_.begin()); }

  const kafka::ClientConfig& kafka() const { return kafka_; }
  const Logger& logger() const { return logger_; }

 private:
  const kafka::ClientConfig kafka_{.brokers = GivenBrokers(), .properties = {}};
  const Logger logger_{"test", LogLevel::kError, Logger::Format::kText};
  std::vector<std::unique_ptr<presence::GatewayPart>> gateways_;
};

// Milliseconds since 1970.
inline std::int64_t EpochNow() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(SystemClock().SinceUnixEpoch())
      .count();
}

}  // namespace parley::presence_test
