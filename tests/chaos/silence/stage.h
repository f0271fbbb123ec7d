#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "services/common/rpc/loop.h"
#include "tests/chaos/brokers.h"
#include "tests/chaos/deployment.h"
#include "tests/chaos/silence/arrivals.h"
#include "tests/chaos/silence/talkers.h"
#include "tests/chaos/silence/traveller.h"

namespace parley::chaos {

struct StageConfig {
  DeploymentConfig deployment;
  std::vector<std::string> kafka_control;  // What stops and starts the brokers.
  std::size_t channels = 8;
  std::chrono::milliseconds period{20};  // Between two messages of a channel.
  std::size_t travellers = 6;
};

// A Parley on which trials are made, with people who talk all the time: each channel's sender on
// the first gateway, which no trial hurts; a receiver of all channels on each gateway; and users of
// the client library, who are free to move.
class Stage final {
 public:
  // Starts everything and waits until messages flow. Throws std::runtime_error.
  explicit Stage(const StageConfig& config);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  Deployment& deployment() { return deployment_; }
  const Brokers& brokers() const { return brokers_; }
  Arrivals& arrivals() { return arrivals_; }
  const std::vector<std::string>& channels() const { return channels_; }
  const std::vector<std::unique_ptr<Traveller>>& travellers() const { return travellers_; }

  // All runs, every partition has its owner and nobody waits: for two seconds on end. Throws
  // std::runtime_error when that takes too long.
  void Settle();
  // Waits until a message that came after `since_us` has arrived everywhere.
  [[nodiscard]] bool FlowsSince(std::int64_t since_us, std::chrono::milliseconds timeout) const;

 private:
  [[nodiscard]] bool Calm();

  const StageConfig config_;
  Brokers brokers_;
  Deployment deployment_;
  Arrivals arrivals_;
  std::vector<std::string> channels_;
  int partitions_ = 0;

  std::vector<std::unique_ptr<Traveller>> travellers_;
  rpc::Loop loop_{"silence"};
  std::vector<std::unique_ptr<PinnedStream>> talkers_;  // On the loop.
};

}  // namespace parley::chaos
